/**
 * Namespaces: made, joined by path, or both.
 *
 * ```
 *   all new                       clone3 makes them
 *   some joined                   clone3 makes the new ones, the program joins the others
 *   a user namespace is joined    the program joins it, then makes the new ones in it
 *   a new one beside joined ones  the program joins, makes the user namespace, has its ids mapped, makes the rest
 *   pid joined or made by the     the program forks: only children are in these
 *   program, or time new
 * ```
 *
 * @see config-linux.md, "Namespaces"; namespaces(7), setns(2)
 * @module
 */

import type { LinuxNamespace, LinuxNamespaceType, LinuxTimeOffsets } from "@ctr/spec";
import { type ConstantName, constant, value } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import {
  call,
  descriptor,
  openProc,
  purpose,
  sequence,
  slot,
  waitForSync,
  writeText,
} from "../steps.ts";

const cloneFlags: Readonly<Record<LinuxNamespaceType, ConstantName>> = {
  user: "CLONE_NEWUSER",
  pid: "CLONE_NEWPID",
  network: "CLONE_NEWNET",
  mount: "CLONE_NEWNS",
  ipc: "CLONE_NEWIPC",
  uts: "CLONE_NEWUTS",
  cgroup: "CLONE_NEWCGROUP",
  time: "CLONE_NEWTIME",
};

/** Returns the `CLONE_NEW*` flag of a namespace. */
export function cloneFlag(type: LinuxNamespaceType): ConstantName {
  return cloneFlags[type];
}

/** A namespace that is joined: the descriptor `namespace-<type>` of the program is open on it. */
export interface JoinedNamespace {
  readonly type: LinuxNamespaceType;
  readonly path: string;
  /** Its place in `/linux/namespaces`. */
  readonly index: number;
}

/** Who makes and who joins which namespaces. */
export interface NamespacePlan {
  /** Made when the process is cloned. */
  readonly cloned: readonly LinuxNamespaceType[];
  readonly joined: readonly JoinedNamespace[];
  /** Made by the program, after it has joined others. */
  readonly unshared: readonly LinuxNamespaceType[];
  /** Whether the program makes the user namespace itself and asks for its id mappings. */
  readonly unsharesUser: boolean;
  /** Whether the program goes on in a child. */
  readonly forks: boolean;
  /** Types that are new or joined. */
  readonly own: ReadonlySet<LinuxNamespaceType>;
}

/** Decides how the namespaces of a configuration come to be. */
export function planNamespaces(namespaces: readonly LinuxNamespace[]): NamespacePlan {
  const joined = namespaces.flatMap(({ type, path }, index) =>
    path === undefined || path === "" ? [] : [{ type, path, index }],
  );
  const joins = new Set(joined.map(({ type }) => type));
  const made = namespaces.map(({ type }) => type).filter((type) => !joins.has(type));
  const unsharesUser = made.includes("user") && joined.length > 0;
  const late = unsharesUser || joins.has("user");
  const forks = joins.has("pid") || made.includes("time") || (late && made.includes("pid"));
  const isLate = (type: LinuxNamespaceType): boolean =>
    late ||
    // It begins at the cgroup that its maker is in, so it is made when that has been joined.
    type === "cgroup" ||
    type === "time" ||
    // The message queues belong to who makes it: to root of the user namespace.
    (type === "ipc" && made.includes("user")) ||
    (type === "pid" && forks);
  return {
    cloned: made.filter((type) => !isLate(type)),
    joined,
    unshared: made.filter((type) => isLate(type) && type !== "user"),
    unsharesUser,
    forks,
    own: new Set([...made, ...joins]),
  };
}

/** Returns the flags for clone3(2). */
export function clonedFlags(plan: NamespacePlan): bigint {
  return plan.cloned.reduce((flags, type) => flags | BigInt(value(cloneFlags[type])), 0n);
}

/** Joins and makes what clone3 did not make, and forks when that is needed. */
export function namespaceSteps(plan: NamespacePlan, timeOffsets: LinuxTimeOffsets = {}): Step[] {
  const others = plan.joined.filter(({ type }) => type !== "user");
  const user = plan.joined.find(({ type }) => type === "user");
  return sequence(
    // What our own user namespace owns is joined before that is left; the rest belongs to the one that is joined.
    ...others.map((each) =>
      join(each, user === undefined ? {} : { save: joinedSlot(each), accept: ["EPERM"] }),
    ),
    user !== undefined && [join(user, {}), ...becomeRoot("/linux/namespaces")],
    user !== undefined && others.flatMap(joinUnlessDone),
    plan.unsharesUser && unshareUser(),
    plan.unshared.length > 0 &&
      call(
        purpose("/linux/namespaces", `make the ${plan.unshared.join(", ")} namespace`),
        "unshare",
        [constant(...plan.unshared.map(cloneFlag))],
      ),
    plan.unshared.includes("time") && timeOffsetSteps(timeOffsets),
    plan.forks && fork(),
  );
}

function join(
  { type, path, index }: JoinedNamespace,
  outcome: { save?: string; accept?: readonly "EPERM"[] },
): Step {
  const why = purpose(
    `/linux/namespaces/${index}/path`,
    `join the ${type} namespace "${path}"`,
    "Does it belong to a user namespace that you may enter?",
  );
  return call(why, "setns", [descriptor(`namespace-${type}`), constant(cloneFlag(type))], outcome);
}

function joinUnlessDone(each: JoinedNamespace): Step[] {
  const done = `${joinedSlot(each)}:done`;
  return [{ jump: done, when: { slot: joinedSlot(each), is: 0 } }, join(each, {}), { label: done }];
}

function joinedSlot({ type }: JoinedNamespace): string {
  return `joined-${type}`;
}

function unshareUser(): Step[] {
  return [
    call(purpose("/linux/namespaces", "make the user namespace"), "unshare", [
      constant("CLONE_NEWUSER"),
    ]),
    { tell: "userNamespace" },
    ...waitForSync("wait for the id mappings"),
    ...becomeRoot("/linux/uidMappings"),
  ];
}

/** Takes uid 0 and gid 0 of the user namespace: what is made from now on belongs to its root. */
function becomeRoot(origin: string): Step[] {
  const why = purpose(origin, "become root of the user namespace", "Map id 0");
  return [call(why, "setresgid", [0, 0, 0]), call(why, "setresuid", [0, 0, 0])];
}

/** @see time_namespaces(7): offsets are set before the first process enters */
function timeOffsetSteps(offsets: LinuxTimeOffsets): Step[] {
  const lines = Object.entries(offsets).map(
    ([clock, { secs = 0, nanosecs = 0 }]) => `${clock} ${secs} ${nanosecs}\n`,
  );
  if (lines.length === 0) return [];
  const why = purpose("/linux/timeOffsets", "set the clocks of the time namespace");
  return [
    openProc(why, "self/timens_offsets", ["O_WRONLY"], { save: "timens" }),
    writeText(why, slot("timens"), lines.join("")),
  ];
}

/** Goes on in a child that is the launcher's, too, so that the launcher can wait for it. */
function fork(): Step[] {
  return [
    call(
      purpose("/linux/namespaces", "enter the pid namespace"),
      "clone",
      [constant("CLONE_PARENT", "SIGCHLD"), 0, 0, 0, 0],
      { save: "child" },
    ),
    { jump: "in-child", when: { slot: "child", is: 0 } },
    { tell: "pid", value: slot("child") },
    { exit: 0 },
    { label: "in-child" },
  ];
}

/** The steps of exec: joins namespaces of the process that descriptor `init` is a pidfd of. */
export function joinInitSteps(namespaces: readonly LinuxNamespaceType[]): Step[] {
  if (namespaces.length === 0) return [];
  const why = purpose(
    "",
    "join the container's namespaces",
    "The container's first process may have ended",
  );
  return sequence(
    call(why, "setns", [descriptor("init"), constant(...namespaces.map(cloneFlag))]),
    namespaces.includes("user") && becomeRoot("/linux/namespaces"),
    namespaces.includes("pid") && fork(),
  );
}
