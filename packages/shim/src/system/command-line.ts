import { linuxKernel, open, readText } from "@ctr/runtime/kernel";

const encoder = new TextEncoder();

/**
 * The arguments that this process was started with, as others see them: `ps`, /proc/PID/cmdline. They lie in its own memory,
 * where they can be written over; there is only as much room as they had.
 *
 * @see proc_pid_cmdline(5)
 */
export class CommandLine {
  /** Where the arguments begin that can be replaced. */
  readonly #address: number;
  /** How many bytes there are, with the NUL after each argument. */
  readonly room: number;

  /**
   * Finds an argument; it and all that follow can be replaced.
   *
   * @returns nothing when it is not there, or the kernel does not tell
   */
  static from(argument: string): CommandLine | undefined {
    const kernel = linuxKernel();
    const stat = readText(kernel, "/proc/self/stat");
    // Fields 48 and 49 of proc_pid_stat(5); the second, in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [start, end] = [Number(fields[45]), Number(fields[46])];
    const text = readText(kernel, "/proc/self/cmdline");
    const found = text.indexOf(`\0${argument}\0`);
    if (found < 0 || !(start > 0 && end > start)) return undefined;
    const before = encoder.encode(text.slice(0, found + 1)).length;
    return new CommandLine(start + before, end - start - before);
  }

  private constructor(address: number, room: number) {
    this.#address = address;
    this.room = room;
  }

  /**
   * Replaces the arguments.
   *
   * @throws {RangeError} when there is too little room
   */
  replace(args: readonly string[]): void {
    const bytes = new Uint8Array(this.room);
    const text = encoder.encode(args.map((argument) => `${argument}\0`).join(""));
    if (text.length > bytes.length) throw new RangeError("There is no room for these arguments");
    bytes.set(text);
    const kernel = linuxKernel();
    using memory = open(kernel, "/proc/self/mem", ["O_WRONLY"]);
    kernel.call("pwrite64", memory.number, bytes, bytes.length, this.#address);
  }
}
