/** The formats of a virtual machine's root image. */
export const vmImageFormats = ["raw", "qcow2", "vdi", "vmdk", "vhd"] as const;

/** A name of {@linkcode vmImageFormats}. */
export type VmImageFormat = (typeof vmImageFormats)[number];

/**
 * Configuration of a container that runs in a virtual machine.
 *
 * @since 1.0.2
 * @see config-vm.md
 */
export interface Vm {
  /** The program that runs the virtual machine. */
  readonly hypervisor?: VmHypervisor;
  /** The kernel to boot. */
  readonly kernel: VmKernel;
  /** The machine's own root image; not the container's root file system. */
  readonly image?: VmImage;
  /**
   * Hardware that is passed to the machine.
   *
   * @since 1.3.0
   */
  readonly hwConfig?: VmHwConfig;
}

/** @see config-vm.md, "Hypervisor Object" */
export interface VmHypervisor {
  /** Program, absolute, in the runtime's mount namespace. */
  readonly path: string;
  /** Arguments. */
  readonly parameters?: readonly string[];
}

/** @see config-vm.md, "Kernel Object" */
export interface VmKernel {
  /** Kernel image, absolute, in the runtime's mount namespace. */
  readonly path: string;
  /** Kernel parameters. */
  readonly parameters?: readonly string[];
  /** Initial ramdisk, absolute, in the runtime's mount namespace. */
  readonly initrd?: string;
}

/** @see config-vm.md, "Image Object" */
export interface VmImage {
  /** Image file, absolute, in the runtime's mount namespace. */
  readonly path: string;
  /** Format of the file. */
  readonly format: VmImageFormat;
}

/**
 * @since 1.3.0
 * @see config-vm.md, "HWConfig Object"
 */
export interface VmHwConfig {
  /** Device-tree file. */
  readonly deviceTree?: string;
  /** Number of virtual CPUs. */
  readonly vcpus?: number;
  /** Memory, in bytes. */
  readonly memory?: number;
  /** Host device tree nodes to pass through. */
  readonly dtdevs?: readonly string[];
  /** Ranges of I/O memory to map. */
  readonly iomems?: readonly VmIoMem[];
  /** Physical interrupts that the machine may use. */
  readonly irqs?: readonly number[];
}

/** @see config-vm.md, "HWConfig Object", `iomems` */
export interface VmIoMem {
  /** Guest frame number where the range appears. Default: the machine frame number. */
  readonly firstGFN?: number;
  /** First physical page. */
  readonly firstMFN: number;
  /** Number of pages. */
  readonly nrMFNs: number;
}
