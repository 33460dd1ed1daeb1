import { z } from "zod";
import { objectOf, strings, uint32, uint64 } from "../schema-parts.ts";
import {
  type Vm,
  type VmHwConfig,
  type VmHypervisor,
  type VmImage,
  type VmIoMem,
  type VmKernel,
  vmImageFormats,
} from "./vm.ts";

/** Schema of {@linkcode VmHypervisor}. */
export const vmHypervisorSchema: z.ZodType<VmHypervisor> = objectOf<VmHypervisor>()({
  path: z.string(),
  parameters: strings.exactOptional(),
});

/** Schema of {@linkcode VmKernel}. */
export const vmKernelSchema: z.ZodType<VmKernel> = objectOf<VmKernel>()({
  path: z.string(),
  parameters: strings.exactOptional(),
  initrd: z.string().exactOptional(),
});

/** Schema of {@linkcode VmImage}. */
export const vmImageSchema: z.ZodType<VmImage> = objectOf<VmImage>()({
  path: z.string(),
  format: z.enum(vmImageFormats),
});

/** Schema of {@linkcode VmIoMem}. */
export const vmIoMemSchema: z.ZodType<VmIoMem> = objectOf<VmIoMem>()({
  firstGFN: uint64.exactOptional(),
  firstMFN: uint64,
  nrMFNs: uint64,
});

/** Schema of {@linkcode VmHwConfig}. */
export const vmHwConfigSchema: z.ZodType<VmHwConfig> = objectOf<VmHwConfig>()({
  deviceTree: z.string().exactOptional(),
  vcpus: uint32.exactOptional(),
  memory: uint64.exactOptional(),
  dtdevs: strings.exactOptional(),
  iomems: z.array(vmIoMemSchema).exactOptional(),
  irqs: z.array(uint32).exactOptional(),
});

/** Schema of {@linkcode Vm}. */
export const vmSchema: z.ZodType<Vm> = objectOf<Vm>()({
  hypervisor: vmHypervisorSchema.exactOptional(),
  kernel: vmKernelSchema,
  image: vmImageSchema.exactOptional(),
  hwConfig: vmHwConfigSchema.exactOptional(),
});
