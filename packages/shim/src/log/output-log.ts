import type { LogDocument } from "../protocol.ts";
import type { Handover } from "../sleep/handover.ts";
import type { SavedLog } from "../sleep/saved-shim.ts";
import type { OutputStream } from "../stdio/output-stream.ts";
import { criRecords } from "./cri-record.ts";
import { LogFile } from "./log-file.ts";
import { TimestampClock } from "./timestamp.ts";

/** Keeps the output of a process in a file, in one of the two formats of {@linkcode LogDocument}. */
export class OutputLog {
  readonly #file: LogFile;
  /** Absent when the bytes are kept as they are. */
  readonly #clock: TimestampClock | undefined;

  /**
   * Opens the log.
   *
   * @param onFailure is told when writing begins to fail
   * @param saved the file as it was left open
   * @throws {SystemCallError} when the file cannot be opened.
   */
  constructor(document: LogDocument, onFailure: (error: unknown) => void, saved?: SavedLog) {
    const lines = document.format !== "raw";
    this.#clock = lines ? new TimestampClock() : undefined;
    this.#file = new LogFile({ ...document, lines, onFailure, ...(saved && { saved }) });
  }

  /** Appends output; never fails. */
  write(stream: OutputStream, data: Uint8Array): void {
    const records = this.#clock === undefined ? data : criRecords(stream, data, this.#clock.now());
    this.#file.append(records);
  }

  /** Opens the file anew, after somebody has renamed it. */
  reopen(): void {
    this.#file.reopen();
  }

  /** Leaves the file open for another shim. */
  save(handover: Handover): SavedLog {
    return this.#file.save(handover);
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }
}
