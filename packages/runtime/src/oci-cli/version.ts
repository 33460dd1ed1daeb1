import { ociVersion } from "@ctr/spec";
import manifest from "../../package.json" with { type: "json" };

/** The revision that the executable was built from; the build defines it. */
declare const CTR_COMMIT: string | undefined;

/** What is built in, as crun's version has it. */
const features = ["SYSTEMD", "SELINUX", "APPARMOR", "CAP", "SECCOMP", "EBPF"];

/** What `--version` prints, line by line as engines read it of runc; of crun they read the features, too. */
export function versionText(program: string): string {
  const commit = typeof CTR_COMMIT === "string" ? CTR_COMMIT : "unknown";
  return [
    `${program} version ${manifest.version}`,
    `commit: ${commit}`,
    `spec: ${ociVersion}`,
    `bun: ${Bun.version}`,
    ...(program === "crun" ? [features.map((name) => `+${name}`).join(" ")] : []),
    "",
  ].join("\n");
}
