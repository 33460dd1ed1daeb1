import type { Command } from "./arguments/command.ts";

/** A command that is loaded when it is used. */
export interface CommandEntry {
  /** What the command says of itself, here so that the overview needs not load them all. */
  readonly description: string;
  readonly alias?: string;
  load(): Promise<Command>;
}

/** Commands that belong together. */
export interface CommandGroup {
  readonly title: string;
  /** The words before the names of the group's commands; none for those that follow `ctr`. */
  readonly prefix?: string;
  readonly commands: Readonly<Record<string, CommandEntry>>;
}

const lifecycle: CommandGroup["commands"] = {
  start: {
    description: "Start a container in the background",
    load: async () => (await import("./commands/start.ts")).command,
  },
  run: {
    description: "Run a container in the foreground until it ends",
    load: async () => (await import("./commands/run.ts")).command,
  },
  create: {
    description: "Create a container without starting it",
    load: async () => (await import("./commands/create.ts")).command,
  },
  exec: {
    description: "Execute a command in a running container",
    load: async () => (await import("./commands/exec.ts")).command,
  },
  attach: {
    description: "Connect this terminal to a running process",
    load: async () => (await import("./commands/attach.ts")).command,
  },
  kill: {
    description: "Send a signal to a container",
    load: async () => (await import("./commands/kill.ts")).command,
  },
  stop: {
    description: "Ask containers to end, and kill those that do not in time",
    load: async () => (await import("./commands/stop.ts")).command,
  },
  delete: {
    description: "Delete stopped containers with their logs",
    alias: "rm",
    load: async () => (await import("./commands/delete.ts")).command,
  },
  pause: {
    description: "Freeze every process of containers",
    load: async () => (await import("./commands/pause.ts")).command,
  },
  resume: {
    description: "Let the processes of paused containers go on",
    load: async () => (await import("./commands/resume.ts")).command,
  },
  update: {
    description: "Change the limits of a container",
    load: async () => (await import("./commands/update.ts")).command,
  },
};

const looking: CommandGroup["commands"] = {
  list: {
    description: "List containers",
    alias: "ls",
    load: async () => (await import("./commands/list.ts")).command,
  },
  inspect: {
    description: "Print everything that is known of containers",
    load: async () => (await import("./commands/inspect.ts")).command,
  },
  logs: {
    description: "Print the output of a container",
    load: async () => (await import("./commands/logs.ts")).command,
  },
  ps: {
    description: "List the processes of a container",
    load: async () => (await import("./commands/ps.ts")).command,
  },
  stats: {
    description: "Print what containers use",
    load: async () => (await import("./commands/stats.ts")).command,
  },
  wait: {
    description: "Wait until containers end, and print their exit codes",
    load: async () => (await import("./commands/wait.ts")).command,
  },
  events: {
    description: "Print what happens to containers",
    load: async () => (await import("./commands/events.ts")).command,
  },
  explain: {
    description: "Print what the init of a bundle's container will do",
    load: async () => (await import("./commands/explain.ts")).command,
  },
};

const system: CommandGroup["commands"] = {
  version: {
    description: "Print the versions of ctr and of the daemon",
    load: async () => (await import("./commands/version.ts")).command,
  },
  info: {
    description: "Print how the daemon is and where it keeps things",
    alias: "health",
    load: async () => (await import("./commands/info.ts")).command,
  },
  doctor: {
    description: "Find out what this machine lacks, and what to do about it",
    load: async () => (await import("./commands/doctor.ts")).command,
  },
  completion: {
    description: "Print the completions of a shell",
    load: async () => (await import("./commands/completion.ts")).command,
  },
};

const containers: CommandGroup["commands"] = {
  list: {
    description: "List containers with their processes",
    load: async () => (await import("./commands/containers-list.ts")).command,
  },
  start: {
    description: "Start a container that is deleted when it ends",
    load: async () => (await import("./commands/containers-start.ts")).command,
  },
  exec: {
    description: "Execute a command in a running container",
    load: async () => (await import("./commands/containers-exec.ts")).command,
  },
  kill: {
    description: "Send a signal to a process of a container",
    load: async () => (await import("./commands/containers-kill.ts")).command,
  },
  pause: {
    description: "Freeze every process of containers",
    load: async () => (await import("./commands/pause.ts")).command,
  },
  resume: {
    description: "Let the processes of paused containers go on",
    load: async () => (await import("./commands/resume.ts")).command,
  },
  update: {
    description: "Change the limits of a container",
    load: async () => (await import("./commands/update.ts")).command,
  },
  watch: {
    description: "Print what happens to a container",
    load: async () => (await import("./commands/containers-watch.ts")).command,
  },
};

/** Every command, in the order of the help. */
export const commandGroups: readonly CommandGroup[] = [
  { title: "Run", commands: lifecycle },
  { title: "Look", commands: looking },
  { title: "System", commands: system },
  { title: "As in containerd 0.2", prefix: "containers", commands: containers },
];
