/** Answer of `GET /v1/version`. */
export interface VersionInfo {
  /** Of the daemon. */
  readonly version: string;
  /** Of the API: the first part of every path. */
  readonly api: "v1";
  /** Of Bun. */
  readonly bun: string;
  readonly platform: string;
  /** As process.arch says it: `x64`, `arm64`. */
  readonly architecture: string;
  /** What uname(2) calls the release. */
  readonly kernel: string;
}

/** Answer of `GET /v1/health`. */
export interface Health {
  /** `starting` while the daemon still reattaches to shims; requests are answered already. */
  readonly status: "starting" | "ok";
  /** Pid of the daemon. */
  readonly pid: number;
  /** RFC 3339, UTC: when the daemon was started. */
  readonly started: string;
  readonly containers: number;
  /** How many shims were started ahead and wait for a container. */
  readonly spareShims: number;
  readonly stateDirectory: string;
  readonly root: string;
}
