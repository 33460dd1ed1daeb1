/** What a machine's systemd and its cgroups take. */
export interface SystemdFacts {
  /** systemd's major version. */
  readonly systemd: number;
  readonly cgroup: 1 | 2;
}
