/**
 * CPUs that a process executed in a running container runs on. Lists are as in `0-3,7`.
 *
 * @since 1.2.1
 * @see config.md, "Linux Process", `execCPUAffinity`
 * @see sched_setaffinity(2)
 */
export interface ExecCpuAffinity {
  /** CPUs of the runtime's process before it joins the container's cgroup. Default: unchanged. */
  readonly initial?: string;
  /** CPUs of the process after it has joined the cgroup. Default: the kernel's choice. */
  readonly final?: string;
}
