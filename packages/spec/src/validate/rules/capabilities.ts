import { type CapabilitySet, capabilityNames, capabilitySets } from "../../config/capabilities.ts";
import { suggest } from "../../suggest.ts";
import type { RuleContext, RuleGroup } from "../rule.ts";

/** Rules about `process.capabilities`. */
export function capabilityRules(): readonly RuleGroup[] {
  return [
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
            "The permitted set is a limiting superset of the effective capabilities: capset(2) refuses " +
            "others, and the container does not start.",
          level: "warning",
          platforms: ["linux"],
          find: function capabilitySubset(context) {
            reportOutside(context, "effective", "permitted");
          },
        },
        {
          name: "capability-inheritable",
          section: "capabilities(7), Capability bounding set",
          sentence:
            "The bounding set is a limiting superset of what can be added to the inheritable set: " +
            "capset(2) refuses others, and the container does not start.",
          level: "warning",
          platforms: ["linux"],
          find: function capabilityInheritable(context) {
            reportOutside(context, "inheritable", "bounding");
          },
        },
        {
          name: "capability-ambient",
          section: "capabilities(7), Thread capability sets",
          sentence:
            "No capability can be ambient if it is not both permitted and inheritable: it is left out, " +
            "and a process that is not root loses it.",
          level: "warning",
          platforms: ["linux"],
          find: function capabilityAmbient(context) {
            reportOutside(context, "ambient", "permitted");
            reportOutside(context, "ambient", "inheritable");
          },
        },
      ],
    },
  ];
}

/** Reports the capabilities of one set that another one lacks. */
function reportOutside(
  { config, report }: RuleContext,
  inner: CapabilitySet,
  outer: CapabilitySet,
): void {
  const sets = config.process?.capabilities ?? {};
  const superset = sets[outer] ?? [];
  for (const [index, name] of (sets[inner] ?? []).entries()) {
    if (!superset.includes(name)) {
      report(["process", "capabilities", inner, index], {
        allowed: `a capability of the ${outer} set`,
      });
    }
  }
}
