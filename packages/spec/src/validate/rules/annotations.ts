import type { Config } from "../../config/config.ts";
import { hasFormat } from "../../text-formats.ts";
import type { RuleGroup } from "../rule.ts";

/** Whether a key is one of those that config.md takes from the image. */
function isDefined(key: string): boolean {
  return [
    "org.opencontainers.image.os",
    "org.opencontainers.image.os.version",
    "org.opencontainers.image.os.features",
    "org.opencontainers.image.architecture",
    "org.opencontainers.image.variant",
    "org.opencontainers.image.author",
    "org.opencontainers.image.created",
    "org.opencontainers.image.stopSignal",
  ].includes(key);
}

function annotationsPart({ annotations }: Config): unknown {
  return annotations;
}

/** Rules about `annotations`. */
export function annotationRules(): readonly RuleGroup[] {
  return [
    {
      part: annotationsPart,
      rules: () => [
        {
          name: "annotation-key",
          section: "config.md, Annotations",
          sentence: "Keys MUST NOT be an empty string.",
          level: "error",
          find: function annotationKey({ config, report }) {
            if (Object.hasOwn(config.annotations ?? {}, "")) {
              report(["annotations", ""], { found: 'the key ""', allowed: "a key with a name" });
            }
          },
        },
        {
          name: "annotation-value",
          section: "config.md, Annotations",
          sentence: "Values MUST be strings.",
          level: "error",
          find: function annotationValue({ config, report }) {
            for (const [key, value] of Object.entries(config.annotations ?? {})) {
              if (typeof value !== "string") {
                report(["annotations", key], { allowed: "a string" });
              }
            }
          },
        },
        {
          name: "annotation-reserved",
          section: "config.md, Annotations",
          sentence:
            "All other keys in the `org.opencontainers` namespace not specified in this above table " +
            "are reserved and MUST NOT be used by subsequent specifications.",
          level: "warning",
          find: function annotationReserved({ config, report }) {
            for (const key of Object.keys(config.annotations ?? {})) {
              // The image specification has its keys there, and engines copy them.
              const isImage = key.startsWith("org.opencontainers.image.");
              if (key.startsWith("org.opencontainers.") && !isImage && !isDefined(key)) {
                report(["annotations", key], { allowed: "a key in a namespace of one's own" });
              }
            }
          },
        },
        {
          name: "annotation-created",
          section: "config.md, Annotations",
          sentence:
            "The annotation value MUST have a valid value for the `created` property as defined in " +
            "the OCIimage specification.",
          level: "error",
          find: function annotationCreated({ config, report }) {
            const created = config.annotations?.["org.opencontainers.image.created"];
            if (typeof created === "string" && !hasFormat(created, "date-time")) {
              report(["annotations", "org.opencontainers.image.created"], {
                allowed: "a date and time (RFC 3339)",
              });
            }
          },
        },
      ],
    },
    {
      part: annotationsPart,
      rules: () => [
        {
          name: "annotation-domain",
          section: "config.md, Annotations",
          sentence:
            "Keys SHOULD be named using a reverse domain notation - e.g. `com.example.myKey`.",
          level: "note",
          find: function annotationDomain({ config, report }) {
            for (const key of Object.keys(config.annotations ?? {})) {
              if (key !== "" && !key.includes(".")) {
                report(["annotations", key], {
                  found: `the key ${JSON.stringify(key)}`,
                  allowed: "a key such as com.example.key",
                });
              }
            }
          },
        },
        {
          name: "annotation-stop-signal",
          section: "config.md, Annotations",
          sentence:
            "Indicates signal that SHOULD be sent by the container runtimes to kill the container. The " +
            "annotation value MUST have a valid value for the `config.StopSignal` property as defined " +
            "in the OCI image specification.",
          level: "warning",
          find: function annotationStopSignal({ config, report }) {
            const key = "org.opencontainers.image.stopSignal";
            const signal = config.annotations?.[key];
            // Engines also write numbers, as Dockerfiles may have them.
            if (typeof signal === "string" && !/^(SIG[A-Z0-9]+([+-]\d+)?|\d+)$/.test(signal)) {
              report(["annotations", key], { allowed: "a name such as SIGKILL or SIGRTMIN+3" });
            }
          },
        },
      ],
    },
    {
      part: annotationsPart,
      rules: () => [
        {
          name: "annotation-unsafe",
          needsFeatures: true,
          section: "features.md, Unsafe annotations in config.json",
          sentence:
            "`potentiallyUnsafeConfigAnnotations` (array of strings, OPTIONAL) contains values of " +
            "`annotations` property of `config.json` that may potentially change the behavior of " +
            "the runtime.",
          level: "note",
          find: function annotationUnsafe({ config, features, report }) {
            const unsafe = features?.potentiallyUnsafeConfigAnnotations ?? [];
            for (const key of Object.keys(config.annotations ?? {})) {
              if (
                unsafe.some((name) => (name.endsWith(".") ? key.startsWith(name) : key === name))
              ) {
                report(["annotations", key], {
                  allowed: "with care: it changes what the runtime does",
                });
              }
            }
          },
        },
      ],
    },
  ];
}
