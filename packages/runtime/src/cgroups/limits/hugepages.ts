import type { LinuxHugepageLimit } from "@ctr/spec";
import type { ControlFiles } from "../control-files.ts";

/** Limits huge pages in use and, where the kernel can (5.7), those that are reserved. */
export function applyHugepages(
  files: ControlFiles,
  limits: readonly LinuxHugepageLimit[],
  version: 1 | 2,
): void {
  const suffix = version === 1 ? "limit_in_bytes" : "max";
  for (const [index, { pageSize, limit }] of limits.entries()) {
    const field = { path: `hugepageLimits[${index}].limit`, name: `limit of ${pageSize} pages` };
    files.set(`hugetlb.${pageSize}.${suffix}`, limit, field);
    files.trySet(`hugetlb.${pageSize}.rsvd.${suffix}`, limit, field, "ENOENT");
  }
}
