import { ociVersion } from "@ctr/spec";
import manifest from "../../package.json" with { type: "json" };

/** The revision that the executable was built from; the build defines it. */
declare const CTR_COMMIT: string | undefined;

/** What `--version` prints, line by line as engines read it of runc. */
export function versionText(program: string): string {
  const commit = typeof CTR_COMMIT === "string" ? CTR_COMMIT : "unknown";
  return [
    `${program} version ${manifest.version}`,
    `commit: ${commit}`,
    `spec: ${ociVersion}`,
    `bun: ${Bun.version}`,
    "",
  ].join("\n");
}
