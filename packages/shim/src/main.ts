/**
 * The program `ctr-shim`.
 *
 * @module
 */

import { parseArguments, type ShimArguments, usage } from "./arguments.ts";
import { hold } from "./hold.ts";
import { describeError, toContainerError } from "./holder/shim-log.ts";
import { version } from "./version.ts";

/**
 * Holds a container, waits for one to hold, or cleans up after a shim that did.
 *
 * @param argv the arguments after the program's name
 * @returns the exit code: 0, 1 for a failure, 2 for wrong arguments
 */
export async function main(argv: readonly string[]): Promise<number> {
  let options: ShimArguments;
  try {
    options = parseArguments(argv);
  } catch (error) {
    const { hint } = toContainerError(error);
    process.stderr.write(
      `ctr-shim: ${describeError(error)}\n${hint === undefined ? "" : `${hint}\n`}`,
    );
    return 2;
  }
  switch (options.mode) {
    case "help":
      process.stdout.write(usage);
      return 0;
    case "version":
      process.stdout.write(`ctr-shim ${version}\n`);
      return 0;
    case "recover": {
      const { recover } = await import("./recover.ts");
      return await recover(options);
    }
    case "spare": {
      const { spare } = await import("./spare.ts");
      return await spare();
    }
    case "wake": {
      const { wake } = await import("./sleep/wake.ts");
      return await wake(options.state);
    }
    case "hold":
      return (await hold(options)).exitCode;
  }
}
