import { capabilityNames, capabilitySets } from "../../config/capabilities.ts";
import { suggest } from "../../suggest.ts";
import type { RuleGroup } from "../rule.ts";

/** Rules about `process.capabilities`. */
export const capabilityRules: readonly RuleGroup[] = [
  {
    part: ({ process }) => process?.capabilities,
    rules: () => [
      {
        name: "capability-known",
        section: "config.md, Linux Process",
        sentence:
          "Any value which cannot be mapped to a relevant kernel interface, or cannot be granted " +
          "otherwise MUST be logged as a warning by the runtime.",
        level: "warning",
        platforms: ["linux"],
        find: function capabilityKnown({ config, features, report }) {
          const known: readonly string[] = features?.linux?.capabilities ?? capabilityNames;
          for (const set of capabilitySets) {
            for (const [index, name] of (config.process?.capabilities?.[set] ?? []).entries()) {
              if (!known.includes(name)) {
                report(["process", "capabilities", set, index], {
                  allowed: "a name of capabilities(7)",
                  meant: suggest(name, known),
                });
              }
            }
          }
        },
      },
      {
        name: "capability-subset",
        section: "capabilities(7), Thread capability sets",
        sentence:
          "The ambient capability set obeys the invariant that no capability can ever be ambient " +
          "if it is not both permitted and inheritable.",
        level: "warning",
        platforms: ["linux"],
        find: function capabilitySubset({ config, report }) {
          const sets = config.process?.capabilities ?? {};
          const within = (
            set: "effective" | "ambient" | "permitted",
            outer: typeof set | "bounding" | "inheritable",
          ): void => {
            for (const [index, name] of (sets[set] ?? []).entries()) {
              if (!(sets[outer] ?? []).includes(name)) {
                report(["process", "capabilities", set, index], {
                  allowed: `a capability of the ${outer} set`,
                });
              }
            }
          };
          within("effective", "permitted");
          within("ambient", "permitted");
        },
      },
    ],
  },
];
