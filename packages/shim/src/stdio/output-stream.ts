/** Which of a process' two outputs; a terminal has the first alone. */
export type OutputStream = "stdout" | "stderr";
