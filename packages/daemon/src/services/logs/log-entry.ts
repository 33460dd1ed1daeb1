/** One record of a log as it is on disk. */
export interface LogEntry {
  /** RFC 3339 with nanoseconds, UTC; absent in a raw log. */
  readonly timestamp?: string;
  readonly stream: "stdout" | "stderr";
  /** Whether the line goes on in the next record of its stream. */
  readonly isPartial: boolean;
  /** Without the newline. */
  readonly data: Uint8Array;
}

const space = 0x20;
const decoder = new TextDecoder();

/**
 * Reads a line of a log in the format of CRI; `undefined` when it is none.
 *
 * @see https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
 */
export function parseCriLine(line: Uint8Array): LogEntry | undefined {
  const afterTime = line.indexOf(space);
  const afterStream = line.indexOf(space, afterTime + 1);
  // Without content there may be no space after the tag.
  const spaceAfterTag = line.indexOf(space, afterStream + 1);
  const afterTag = spaceAfterTag === -1 ? line.length : spaceAfterTag;
  if (afterTime < 1 || afterStream === -1) return undefined;
  const stream = decoder.decode(line.subarray(afterTime + 1, afterStream));
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  // Tags are separated by colons; the first says whether the line is whole.
  const [tag] = decoder.decode(line.subarray(afterStream + 1, afterTag)).split(":");
  if (tag !== "F" && tag !== "P") return undefined;
  return {
    timestamp: decoder.decode(line.subarray(0, afterTime)),
    stream,
    isPartial: tag === "P",
    data: line.subarray(afterTag + 1),
  };
}

/** Makes the entry of a line of a raw log. */
export function rawEntry(line: Uint8Array, isWhole: boolean): LogEntry {
  return { stream: "stdout", isPartial: !isWhole, data: line };
}
