/**
 * A network device that is moved into the container.
 *
 * @since 1.3.0
 * @see config-linux.md, "Network Devices"
 */
export interface LinuxNetDevice {
  /**
   * Name inside the container; one that ends with `%d` is a template that the kernel completes.
   * Default: the name outside.
   */
  readonly name?: string;
}
