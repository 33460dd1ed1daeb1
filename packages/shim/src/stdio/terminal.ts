import { linuxKernel, value } from "@ctr/runtime/kernel";

const ICANON = 2;
/** Index of the end-of-file character in `c_cc`. */
const VEOF = 4;

/** Sets the size of a terminal by its master (ioctl_tty(2)); its foreground process gets SIGWINCH. */
export function setTerminalSize(master: number, columns: number, rows: number): void {
  // struct winsize: u16 rows, columns, and two in pixels
  const size = new Uint8Array(8);
  const view = new DataView(size.buffer);
  view.setUint16(0, rows, true);
  view.setUint16(2, columns, true);
  linuxKernel().call("ioctl", master, value("TIOCSWINSZ"), size);
}

/** Returns the character that means end of file on a terminal; `undefined` when it is in raw mode. */
export function endOfFileCharacter(master: number): number | undefined {
  // struct termios: u32 iflag, oflag, cflag, lflag, u8 line, u8 cc[19]
  const termios = new Uint8Array(64);
  linuxKernel().call("ioctl", master, value("TCGETS"), termios);
  const localFlags = new DataView(termios.buffer).getUint32(12, true);
  return (localFlags & ICANON) === 0 ? undefined : termios[17 + VEOF];
}
