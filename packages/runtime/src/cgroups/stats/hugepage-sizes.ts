import { listDirectory } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";

/** Returns the sizes of huge pages that the machine has, as control files name them: `2MB`, `1GB`. */
export function hugepageSizes(kernel: Kernel): string[] {
  return listDirectory(kernel, "/sys/kernel/mm/hugepages")
    .flatMap(({ name }) => /^hugepages-(\d+)kB$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
    .map(format);
}

function format(kibibytes: number): string {
  if (kibibytes >= 2 ** 20) return `${kibibytes / 2 ** 20}GB`;
  return kibibytes >= 2 ** 10 ? `${kibibytes / 2 ** 10}MB` : `${kibibytes}KB`;
}
