/**
 * The container's terminal: made from the container's own devpts, its master sent out over descriptor `console`.
 *
 * @see config.md, "Process", `terminal`; pty(7), ioctl_tty(2), unix(7)
 * @module
 */

import type { ConsoleSize } from "@ctr/spec";
import { constant } from "../../machine/constants.ts";
import type { Field, Step } from "../../program/step.ts";
import { ensureFile } from "../mounts/mountpoint.ts";
import {
  attach,
  call,
  descriptor,
  openInRoot,
  purpose,
  sequence,
  slot,
  text,
  waitForSync,
} from "../steps.ts";

/** What {@linkcode consoleSteps} needs. */
export interface ConsoleInput {
  readonly origin: string;
  readonly size: ConsoleSize | undefined;
  /** Host's view of the user who is to own the terminal. */
  readonly uid: number;
  /** Whether /dev/console becomes this terminal: for the container's first process. */
  readonly bindConsole: boolean;
  /** The slot of the container's root. */
  readonly root: string;
  /** Whether the launcher prepares the terminal before the program goes on. */
  readonly preparedByLauncher?: boolean;
}

/** Makes the terminal and puts it on stdin, stdout and stderr. */
export function consoleSteps(input: ConsoleInput): Step[] {
  const { origin, size, uid, bindConsole, root } = input;
  const why = purpose(
    `${origin}/terminal`,
    "make the terminal",
    'Mount "devpts" at "/dev/pts" in the container',
  );
  return sequence(
    openInRoot(
      why,
      "/dev/pts/ptmx",
      ["O_RDWR", "O_NOCTTY"],
      { save: "master", on: { ENOENT: "ptmx" } },
      { root },
    ),
    { jump: "have-master" } as const,
    { label: "ptmx" } as const,
    openInRoot(why, "/dev/ptmx", ["O_RDWR", "O_NOCTTY"], { save: "master" }, { root }),
    { label: "have-master" } as const,
    call(why, "ioctl", [slot("master"), constant("TIOCSPTLCK"), { struct: [{ u32: 0 }] }]),
    call(
      why,
      "ioctl",
      [slot("master"), constant("TIOCGPTPEER"), constant("O_RDWR", "O_NOCTTY", "O_CLOEXEC")],
      {
        save: "slave",
      },
    ),
    size !== undefined &&
      call(purpose(`${origin}/consoleSize`, "set the size of the terminal"), "ioctl", [
        slot("master"),
        constant("TIOCSWINSZ"),
        { struct: [{ u16: size.height }, { u16: size.width }, { pad: 4 }] },
      ]),
    uid !== 0 &&
      call(why, "fchown", [slot("slave"), uid, 0xffff_ffff], { accept: ["EINVAL", "EPERM"] }),
    bindConsole && [
      ...ensureFile({ path: "/dev/console", into: "dev-console", origin }),
      call(
        purpose(`${origin}/terminal`, 'put the terminal on "/dev/console"'),
        "open_tree",
        [
          slot("slave"),
          text(""),
          constant("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC", "AT_EMPTY_PATH"),
        ],
        { save: "console-mount" },
      ),
      attach(
        purpose(`${origin}/terminal`, 'put the terminal on "/dev/console"'),
        "console-mount",
        "dev-console",
      ),
    ],
    sendDescriptor(origin),
    input.preparedByLauncher === true && [
      { tell: "console" } as const,
      ...waitForSync("wait until the terminal is prepared"),
    ],
    call(why, "close", [slot("master")]),
    [0, 1, 2].map((target) => call(why, "dup3", [slot("slave"), target, 0])),
    call(why, "close", [slot("slave")]),
    call(purpose(`${origin}/terminal`, "make the terminal the controlling one"), "ioctl", [
      0,
      constant("TIOCSCTTY"),
      0,
    ]),
  );
}

const masterName = "/dev/ptmx";

/** Sends the master with the name that runc sends beside it. */
function sendDescriptor(origin: string): Step {
  const control: Field[] = [
    { u64: 20 },
    { u32: constant("SOL_SOCKET") },
    { u32: constant("SCM_RIGHTS") },
    { u32: slot("master") },
    { pad: 4 },
  ];
  const header: Field[] = [
    { u64: 0 },
    { u64: 0 },
    { u64: { struct: [{ u64: text(masterName) }, { u64: masterName.length }] } },
    { u64: 1 },
    { u64: { struct: control } },
    { u64: 24 },
    { u64: 0 },
  ];
  return call(
    purpose(
      `${origin}/terminal`,
      "send the terminal over the console socket",
      "Does anybody listen on --console-socket?",
    ),
    "sendmsg",
    [descriptor("console"), { struct: header }, constant("MSG_NOSIGNAL")],
  );
}
