/**
 * The rdma controller for one device; at least one of the fields.
 *
 * @since 1.0.2
 * @see config-linux.md, "RDMA"
 */
export interface LinuxRdma {
  /** Maximum number of HCA handles. */
  readonly hcaHandles?: number;
  /** Maximum number of HCA objects. */
  readonly hcaObjects?: number;
}
