import { type ControlFiles, limitError } from "../control-files.ts";

/**
 * Writes control files of version 2 by name. A value of several lines is written line by line, as files such as io.max
 * want it.
 *
 * @throws {ContainerError} for a name that is no control file of a controller
 */
export function applyUnified(files: ControlFiles, unified: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(unified)) {
    const field = { path: `unified["${name}"]`, name: `value of ${name}` };
    if (!/^[^./]+\.[^/]+$/.test(name)) {
      throw limitError(
        field,
        JSON.stringify(text),
        "it is not the name of a control file",
        "invalid",
        {
          hint: 'Name it as in the cgroup\'s directory: CONTROLLER.PARAMETER, such as "memory.high"',
        },
      );
    }
    const lines = text.split("\n").filter((line) => line !== "");
    for (const line of lines.length === 0 ? [text] : lines) files.set(name, line, field);
  }
}
