import { describe, expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { type ConsoleInput, consoleSteps } from "./console.ts";

const input: ConsoleInput = {
  origin: "/process",
  size: undefined,
  uid: 0,
  bindConsole: false,
  root: "root",
};

function shown(change: Partial<ConsoleInput>): string[] {
  return planLines(consoleSteps({ ...input, ...change })).map((line) =>
    line.replace("/process/terminal: ", ""),
  );
}

const how = "{u64 O_RDWR|O_NOCTTY|O_CLOEXEC, u64 0, u64 RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24";
const made = [
  `$master = openat2($root, "/dev/pts/ptmx", ${how})  ENOENT -> ptmx`,
  "jump have-master",
  "ptmx:",
  `$master = openat2($root, "/dev/ptmx", ${how})`,
  "have-master:",
  "ioctl($master, TIOCSPTLCK, {u32 0})",
  "$slave = ioctl($master, TIOCGPTPEER, O_RDWR|O_NOCTTY|O_CLOEXEC)",
];
/** A message with one SCM_RIGHTS of 20 bytes in 24, and the name that runc sends. */
const sent =
  'sendmsg(<console>, {u64 0, u64 0, u64 {u64 "/dev/ptmx", u64 9}, u64 1, u64 {u64 20, u32 SOL_SOCKET, u32 SCM_RIGHTS, u32 $master, pad 4}, u64 24, u64 0}, MSG_NOSIGNAL)';
const taken = [
  "close($master)",
  "dup3($slave, 0, 0)",
  "dup3($slave, 1, 0)",
  "dup3($slave, 2, 0)",
  "close($slave)",
  "ioctl(0, TIOCSCTTY, 0)",
];

describe("consoleSteps()", () => {
  test("makes a terminal of the container's devpts, sends its master and takes the other end", () => {
    expect(shown({})).toEqual([...made, sent, ...taken]);
  });

  test("sets the size, rows before columns", () => {
    expect(shown({ size: { height: 25, width: 80 } })).toEqual([
      ...made,
      "/process/consoleSize: ioctl($master, TIOCSWINSZ, {u16 25, u16 80, pad 4})",
      sent,
      ...taken,
    ]);
  });

  test("gives the terminal to a user other than root", () => {
    expect(shown({ uid: 1000 })).toEqual([
      ...made,
      "fchown($slave, 1000, 0xffffffff)  ok EINVAL EPERM",
      sent,
      ...taken,
    ]);
  });

  test("puts it on /dev/console for the first process, by its descriptor", () => {
    const lines = shown({ bindConsole: true, root: "rootfs" });

    expect(lines.slice(lines.indexOf("dev-console:have:") + 1)).toEqual([
      '$console-mount = open_tree($slave, "", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH)',
      'move_mount($console-mount, "", $dev-console, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)',
      sent,
      ...taken,
    ]);
  });
});
