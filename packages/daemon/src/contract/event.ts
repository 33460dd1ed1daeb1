/** What can happen to a container. */
export const eventTypes = [
  /** The container is there; its first process waits. */
  "create",
  /** The first process was started. */
  "start-container",
  /** An exec was started. */
  "start-process",
  /** A process has ended. */
  "exit",
  /** Memory ran out, and the kernel ended a process of the container, or held one back. */
  "oom",
  "pause",
  "resume",
  /** Limits were changed. */
  "update",
  /** The container is gone. */
  "delete",
] as const;

/** One of {@linkcode eventTypes}. */
export type EventType = (typeof eventTypes)[number];

/** Something that happened; the fields of containerd 0.2 and its place in the journal. */
export interface ContainerEvent {
  /** Place in the journal: grows, is never given twice, and can have gaps. */
  readonly sequence: number;
  /** RFC 3339, UTC. */
  readonly timestamp: string;
  readonly type: EventType;
  /** The container. */
  readonly id: string;
  /** Name of the process: of `start-process` and `exit`. */
  readonly pid?: string;
  /** How the process ended: of `exit`. Exit code, or 128 and the signal's number; 255 when nobody could tell. */
  readonly status?: number;
  /** Host pid of the process: of `start-container` and `start-process`. */
  readonly systemPid?: number;
}

/** Which events are wanted. Without `since` and `after` they are those from now on. */
export interface EventsQuery {
  /** Those from this time on, from the journal, then live: RFC 3339, or seconds since 1970. */
  readonly since?: string;
  /** Those before this time: RFC 3339, or seconds since 1970. */
  readonly until?: string;
  /** Those after this place in the journal, then live; the header Last-Event-ID says the same. */
  readonly after?: number;
  /** Whether the stream goes on with what happens from now on. @default true */
  readonly follow?: boolean;
  /** Those of any of these containers. */
  readonly id?: readonly string[];
  /** Those of any of these types. */
  readonly type?: readonly EventType[];
}
