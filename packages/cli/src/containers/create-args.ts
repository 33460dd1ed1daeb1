import type { CommandArgs } from "../arguments/command.ts";

/** The arguments of every command that makes a container. */
export const createArgs = {
  id: {
    type: "positional",
    required: true,
    description: "Name of the container: letters, digits, _, +, - and .",
  },
  bundle: {
    type: "positional",
    required: false,
    description: "Directory with config.json and the root filesystem (default: this directory)",
  },
  runtime: {
    type: "string",
    alias: "r",
    description: "bunc, or the name or path of another OCI runtime (default: the daemon's)",
  },
  runtimeArgs: {
    type: "string",
    valueHint: "ARG",
    multiple: true,
    description: "Argument of the runtime, before its command",
  },
  label: {
    type: "string",
    alias: "l",
    valueHint: "KEY=VALUE",
    multiple: true,
    description: "Label, to find the container by",
  },
  interactive: {
    type: "boolean",
    alias: "i",
    description: "Keep standard input open for those who attach",
  },
  tty: {
    type: "boolean",
    alias: "t",
    description: "Give the process a terminal, whatever config.json says",
  },
  rm: { type: "boolean", description: "Delete the container, with its logs, when it ends" },
  logFormat: {
    type: "enum",
    options: ["cri", "raw", "none"],
    description: "How output is kept: with times, as it is, or not at all (default cri)",
  },
  logPath: {
    type: "string",
    valueHint: "FILE",
    description: "Where output is kept (default: in the daemon's folder)",
  },
  logSize: {
    type: "string",
    valueHint: "BYTES",
    description: "Size at which a new log file is begun (default 100m; 0: never)",
  },
  logFiles: {
    type: "string",
    valueHint: "COUNT",
    description: "How many log files are kept (default 2)",
  },
  noPivot: {
    type: "boolean",
    description: "Use chroot instead of pivot_root, for a rootfs in RAM",
  },
  noNewKeyring: { type: "boolean", description: "Share the session keyring of the shim" },
} as const satisfies CommandArgs;
