import type { ContainerStats } from "@ctr/daemon/client";
import { formatBytes } from "../output/bytes.ts";
import { formatTable } from "../output/table.ts";

type Stats = ContainerStats["stats"];
type Count = number | bigint | undefined;

/** From here on a limit is none: the kernel has no word for it in version 1 of control groups, and says the highest. */
const noLimit = 2n ** 62n;

/**
 * Returns figures as a table for people.
 *
 * @param earlier those of the same containers before; the use of processors is what was used since then
 */
export function statsTable(
  current: readonly ContainerStats[],
  earlier: readonly ContainerStats[],
): string {
  return formatTable([
    ["ID", "CPU", "MEMORY", "LIMIT", "MEM", "PIDS", "READ", "WRITTEN"],
    ...current.map((one) => {
      const before = earlier.find(({ id }) => id === one.id);
      return [one.id, cpuShare(one, before), ...memory(one.stats), ...others(one.stats)];
    }),
  ]);
}

/** The use of one processor in percent; more than 100 with several. */
function cpuShare(current: ContainerStats, before: ContainerStats | undefined): string {
  const [now, then] = [current.stats.cpu?.usage?.total, before?.stats.cpu?.usage?.total];
  const elapsedMs = Date.parse(current.readAt) - Date.parse(before?.readAt ?? "");
  if (now === undefined || then === undefined || !(elapsedMs > 0)) return "-";
  return percent((Number(now) - Number(then)) / (elapsedMs * 1e6));
}

function memory({ memory }: Stats): readonly [usage: string, limit: string, share: string] {
  const { usage, limit } = memory?.usage ?? {};
  const isLimited = limit !== undefined && limit < noLimit;
  const share = isLimited && usage !== undefined ? Number(usage) / Number(limit) : undefined;
  return [
    usage === undefined ? "-" : formatBytes(usage),
    isLimited ? formatBytes(limit) : "-",
    share === undefined ? "-" : percent(share),
  ];
}

function others({ pids, blkio }: Stats): readonly [pids: string, read: string, written: string] {
  const sum = (operation: string): string => {
    const entries = blkio?.ioServiceBytesRecursive;
    if (entries === undefined) return "-";
    const counts = entries.map(
      ({ op, value }): Count => (op?.toLowerCase() === operation ? value : 0),
    );
    return formatBytes(counts.reduce((total: number, count) => total + Number(count ?? 0), 0));
  };
  return [pids?.current === undefined ? "-" : String(pids.current), sum("read"), sum("write")];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.0995 ? 2 : 1)}%`;
}
