/**
 * Seccomp profiles drawn at random, of the kind that has one meaning only: to us, to the specification and to libseccomp.
 *
 * Left out is where libseccomp (2.5) answers otherwise than a plain reading of the rules:
 *
 * - rules of one call with different actions whose conditions hold at once: nobody says which wins, and libseccomp puts
 *   them into an order of its own;
 * - several rules of one call with conditions on several arguments, and comparisons of one argument with values that
 *   differ in their upper half: it gets some of them wrong;
 * - rules with conditions for calls that x86 has in socketcall(2) and ipc(2), too: it holds them against registers that
 *   do not have the arguments.
 *
 * @module
 */

import {
  type LinuxSeccomp,
  type LinuxSeccompArg,
  type LinuxSyscall,
  type SeccompAction,
  type SeccompArchitecture,
  seccompOperators,
} from "@ctr/spec";

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** The calls that rules are drawn for: none that a program needs to start. */
const drawn = words(`
  personality mq_open add_key keyctl kexec_load vmsplice splice syslog acct swapon quotactl io_setup
  fanotify_init sethostname init_module swapoff mq_notify
`);
const multiplexed = words("socket semget shmctl msgrcv accept4 sendto semtimedop");

/** All calls that a profile may have a rule for. */
export const callsWithRules: ReadonlySet<string> = new Set([...drawn, ...multiplexed]);

const actions: readonly SeccompAction[] = [
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_LOG",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_TRAP",
  "SCMP_ACT_KILL",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
];
const lowHalves = [0, 1, 2, 38, 40, 255, 2 ** 31, 2 ** 32 - 1];
const indexes = [0, 1, 2, 3, 4, 5];

/** What a profile is drawn for. */
export interface RandomProfileOptions {
  readonly native: SeccompArchitecture;
  /** Those whose programs the kernel runs, too. */
  readonly others: readonly SeccompArchitecture[];
  /** Calls that are always allowed. */
  readonly allowed: readonly string[];
}

/** Draws profiles. */
export class RandomSeccomp {
  readonly #random: () => number;

  /** @param random numbers from 0 to 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  profile({ native, others, allowed }: RandomProfileOptions): LinuxSeccomp {
    const architectures = [native, ...others.filter(() => this.#random() < 0.5)];
    // Programs of 32 bits have no values above.
    const highHalves = architectures.length > 1 ? [0] : [0, 2 ** 32, 2 ** 40];
    const { action: defaultAction, errnoRet } = this.#action();
    // Each once: libseccomp refuses two operations of socketcall with different actions.
    const rules: LinuxSyscall[] = multiplexed
      .filter(() => this.#random() < 0.5)
      .map((name) => ({ names: [name], ...this.#action() }));
    for (const name of drawn) rules.push(...this.#rules(name, this.#one(highHalves)));
    return {
      defaultAction,
      ...(errnoRet === undefined ? {} : { defaultErrnoRet: errnoRet }),
      architectures,
      syscalls: [{ names: allowed, action: "SCMP_ACT_ALLOW" }, ...rules],
    };
  }

  #rules(name: string, high: number): LinuxSyscall[] {
    const answer = this.#action();
    const kind = this.#one(["none", "all", "any", "anyOfOneRule", "unconditional"] as const);
    if (kind === "none") return [];
    const unconditional = { names: [name], ...this.#action() };
    if (kind === "unconditional") return [unconditional, { names: [name], ...answer }];
    const more = this.#random() < 0.2 ? [unconditional] : [];
    const count = 1 + Math.floor(this.#random() * 3);
    if (kind === "all") {
      const chosen = indexes.toSorted(() => this.#random() - 0.5).slice(0, count);
      const args = chosen.map((index) => this.#condition(index, high));
      return [{ names: [name], ...answer, args }, ...more];
    }
    const index = this.#one(indexes);
    const args = Array.from({ length: count }, () => this.#condition(index, high));
    return kind === "anyOfOneRule"
      ? [{ names: [name], ...answer, args }, ...more]
      : [...args.map((arg) => ({ names: [name], ...answer, args: [arg] })), ...more];
  }

  #condition(index: number, high: number): LinuxSeccompArg {
    const op = this.#one(seccompOperators);
    const value = (): number => high + this.#one(lowHalves);
    return {
      index,
      op,
      value: value(),
      ...(op === "SCMP_CMP_MASKED_EQ" ? { valueTwo: value() } : {}),
    };
  }

  #action(): { readonly action: SeccompAction; readonly errnoRet?: number } {
    const action = this.#one(actions);
    const carriesErrno = action === "SCMP_ACT_ERRNO" || action === "SCMP_ACT_TRACE";
    return carriesErrno && this.#random() < 0.7
      ? { action, errnoRet: this.#one([1, 13, 38, 95]) }
      : { action };
  }

  #one<Value>(from: readonly Value[]): Value {
    const chosen = from[Math.floor(this.#random() * from.length)];
    if (chosen === undefined) throw new RangeError("There is nothing to choose from");
    return chosen;
  }
}
