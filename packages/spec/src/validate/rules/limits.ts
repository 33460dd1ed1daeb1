import { rlimitTypes } from "../../config/rlimit.ts";
import { suggest } from "../../suggest.ts";
import { findDuplicates, type RuleGroup } from "../rule.ts";

function deadlineKeys(): readonly DeadlineKey[] {
  return ["runtime", "deadline", "period"];
}

// What the kernel takes for a time of the deadline scheduler, in ns: 2^10 to 2^63 - 1, see sched(7).
const shortest = 1024;
const tooLong = 2 ** 63;

type DeadlineKey = "runtime" | "deadline" | "period";

/**
 * Returns the first of these times that the kernel does not take, and why; a period of 0 is the deadline.
 *
 * The middle of each sentence is crun's, which programs look for.
 */
function findWrongTime(
  times: Readonly<Partial<Record<DeadlineKey, number>>>,
): readonly [DeadlineKey, string] | undefined {
  const { runtime = 0, deadline = 0, period = 0 } = times;
  for (const key of ["runtime", "deadline"] as const) {
    if (times[key] === undefined) return [key, `requires \`${key}\``];
    if (times[key] === 0) return [key, `${key} must be greater than 0`];
  }
  if (runtime > deadline) {
    return ["runtime", `runtime (${runtime}) must be <= deadline (${deadline})`];
  }
  if (period !== 0 && deadline > period) {
    return ["deadline", `deadline (${deadline}) must be <= period (${period})`];
  }
  for (const key of deadlineKeys()) {
    const time = times[key] ?? 0;
    if (time !== 0 && (time < shortest || time >= tooLong)) {
      return [key, `${key} (${time}) must be between ${shortest} and 2^63 - 1`];
    }
  }
  return undefined;
}

/** Rules about limits and priorities of the process. */
export function limitRules(): readonly RuleGroup[] {
  return [
    {
      part: ({ process }) => process?.rlimits,
      rules: () => [
        {
          name: "rlimit-known",
          section: "config.md, POSIX process",
          sentence:
            "The runtime MUST generate an error for any values which cannot be mapped to a relevant " +
            "kernel interface.",
          level: "error",
          platforms: ["linux"],
          find: function rlimitKnown({ config, report }) {
            for (const [index, { type }] of (config.process?.rlimits ?? []).entries()) {
              const known: readonly string[] = rlimitTypes;
              if (!known.includes(type)) {
                report(["process", "rlimits", index, "type"], {
                  allowed: "a limit of getrlimit(2)",
                  meant: suggest(type, rlimitTypes),
                });
              }
            }
          },
        },
        {
          name: "rlimit-duplicate",
          section: "config.md, POSIX process",
          sentence:
            "If `rlimits` contains duplicated entries with same `type`, the runtime MUST generate an " +
            "error.",
          level: "error",
          find: function rlimitDuplicate({ config, report }) {
            const limits = config.process?.rlimits ?? [];
            for (const index of findDuplicates(limits, (limit) => limit.type)) {
              report(["process", "rlimits", index, "type"], { allowed: "each type once" });
            }
          },
        },
        {
          name: "rlimit-soft",
          section: "config.md, POSIX process",
          sentence:
            "`hard` (uint64, REQUIRED) the ceiling for the soft limit that could be set by an " +
            "unprivileged process.",
          level: "error",
          find: function rlimitSoft({ config, report }) {
            for (const [index, { soft, hard }] of (config.process?.rlimits ?? []).entries()) {
              if (soft > hard) {
                report(["process", "rlimits", index, "soft"], {
                  allowed: `up to the hard limit, ${hard}`,
                });
              }
            }
          },
        },
      ],
    },
    {
      part: ({ process }) => process?.ioPriority,
      rules: () => [
        {
          name: "io-priority",
          section: "config.md, Linux Process",
          sentence: "The value should be an integer ranging from 0 (highest) to 7 (lowest).",
          level: "error",
          platforms: ["linux"],
          find: function ioPriority({ config, report }) {
            const priority = config.process?.ioPriority?.priority ?? 0;
            if (priority < 0 || priority > 7) {
              report(["process", "ioPriority", "priority"], { allowed: "0 to 7" });
            }
          },
        },
        {
          name: "io-priority-required",
          section: "config.md, Linux Process",
          sentence: "`priority` (int, REQUIRED) specifies the priority level within the class.",
          level: "warning",
          platforms: ["linux"],
          find: function ioPriorityRequired({ config, report }) {
            if (config.process?.ioPriority?.priority === undefined) {
              report(["process", "ioPriority", "priority"], { allowed: "0 to 7; 0 is taken" });
            }
          },
        },
      ],
    },
    {
      part: ({ process }) => process?.scheduler,
      rules: () => [
        {
          name: "scheduler-nice",
          section: "config.md, Linux Process",
          sentence:
            "`nice` (int32, OPTIONAL) is the nice value for the process, affecting its priority.",
          level: "error",
          platforms: ["linux"],
          find: function schedulerNice({ config, report }) {
            const nice = config.process?.scheduler?.nice ?? 0;
            if (nice < -20 || nice > 19) {
              report(["process", "scheduler", "nice"], { allowed: "-20 to 19, sched(7)" });
            }
          },
        },
        {
          name: "scheduler-priority",
          section: "config.md, Linux Process",
          sentence:
            "`priority` (int32, OPTIONAL) represents the static priority of the process, used by " +
            "real-time policies like SCHED_FIFO and SCHED_RR.",
          level: "error",
          platforms: ["linux"],
          find: function schedulerPriority({ config, report }) {
            const scheduler = config.process?.scheduler;
            const priority = scheduler?.priority ?? 0;
            const isRealTime =
              scheduler?.policy === "SCHED_FIFO" || scheduler?.policy === "SCHED_RR";
            if (isRealTime ? priority < 1 || priority > 99 : priority !== 0) {
              report(["process", "scheduler", "priority"], {
                allowed: isRealTime ? "1 to 99, sched(7)" : "0, but for SCHED_FIFO and SCHED_RR",
              });
            }
          },
        },
        {
          name: "scheduler-deadline",
          section: "config.md, Linux Process",
          sentence:
            "`runtime` (uint64, OPTIONAL) represents the amount of time in nanoseconds during which " +
            "the process is allowed to run in a given period, used by the deadline scheduler.",
          level: "error",
          platforms: ["linux"],
          find: function schedulerDeadline({ config: { process }, report }) {
            const { policy, ...times } = process?.scheduler ?? {};
            const wrong = policy === "SCHED_DEADLINE" ? findWrongTime(times) : undefined;
            if (wrong !== undefined) {
              const [key, why] = wrong;
              report(["process", "scheduler", key], {
                allowed: `${shortest} <= runtime <= deadline <= period, sched(7): sched_setattr: \`SCHED_DEADLINE\` ${why}`,
              });
            }
            for (const key of policy === "SCHED_DEADLINE" ? [] : deadlineKeys()) {
              if ((process?.scheduler?.[key] ?? 0) !== 0) {
                report(["process", "scheduler", key], { allowed: "0, but for SCHED_DEADLINE" });
              }
            }
          },
        },
      ],
    },
    {
      part: ({ process }) => process?.scheduler,
      rules: () => [
        {
          name: "scheduler-flags",
          section: "sched_setattr(2)",
          sentence:
            "`SCHED_FLAG_RECLAIM` and `SCHED_FLAG_DL_OVERRUN` are about threads of the deadline scheduler.",
          level: "warning",
          platforms: ["linux"],
          find: function schedulerFlags({ config: { process }, report }) {
            const { policy, flags = [] } = process?.scheduler ?? {};
            for (const [index, flag] of flags.entries()) {
              const isForDeadline =
                flag === "SCHED_FLAG_RECLAIM" || flag === "SCHED_FLAG_DL_OVERRUN";
              if (isForDeadline && policy !== "SCHED_DEADLINE") {
                report(["process", "scheduler", "flags", index], {
                  allowed: "a flag that has an effect without SCHED_DEADLINE",
                });
              }
            }
          },
        },
        {
          name: "scheduler-deadline-fork",
          section: "sched(7), SCHED_DEADLINE",
          sentence:
            "If a thread under this policy calls fork(2), the call fails with EAGAIN, unless the thread " +
            "has its reset-on-fork flag set.",
          level: "warning",
          platforms: ["linux"],
          find: function schedulerDeadlineFork({ config: { process }, report }) {
            const { policy, flags = [] } = process?.scheduler ?? {};
            if (policy === "SCHED_DEADLINE" && !flags.includes("SCHED_FLAG_RESET_ON_FORK")) {
              report(["process", "scheduler", "flags"], {
                allowed: "SCHED_FLAG_RESET_ON_FORK among them: without, the program cannot fork",
              });
            }
          },
        },
      ],
    },
  ];
}
