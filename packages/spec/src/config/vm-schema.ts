import { z } from "zod";
import { type SchemaOf, strings, uint32, uint64 } from "../schema-parts.ts";
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
export const vmHypervisorSchema: z.ZodType<VmHypervisor> = z.looseObject({
  path: z.string(),
  parameters: strings.exactOptional(),
} satisfies SchemaOf<VmHypervisor>);

/** Schema of {@linkcode VmKernel}. */
export const vmKernelSchema: z.ZodType<VmKernel> = z.looseObject({
  path: z.string(),
  parameters: strings.exactOptional(),
  initrd: z.string().exactOptional(),
} satisfies SchemaOf<VmKernel>);

/** Schema of {@linkcode VmImage}. */
export const vmImageSchema: z.ZodType<VmImage> = z.looseObject({
  path: z.string(),
  format: z.enum(vmImageFormats),
} satisfies SchemaOf<VmImage>);

/** Schema of {@linkcode VmIoMem}. */
export const vmIoMemSchema: z.ZodType<VmIoMem> = z.looseObject({
  firstGFN: uint64.exactOptional(),
  firstMFN: uint64,
  nrMFNs: uint64,
} satisfies SchemaOf<VmIoMem>);

/** Schema of {@linkcode VmHwConfig}. */
export const vmHwConfigSchema: z.ZodType<VmHwConfig> = z.looseObject({
  deviceTree: z.string().exactOptional(),
  vcpus: uint32.exactOptional(),
  memory: uint64.exactOptional(),
  dtdevs: strings.exactOptional(),
  iomems: z.array(vmIoMemSchema).exactOptional(),
  irqs: z.array(uint32).exactOptional(),
} satisfies SchemaOf<VmHwConfig>);

/** Schema of {@linkcode Vm}. */
export const vmSchema: z.ZodType<Vm> = z.looseObject({
  hypervisor: vmHypervisorSchema.exactOptional(),
  kernel: vmKernelSchema,
  image: vmImageSchema.exactOptional(),
  hwConfig: vmHwConfigSchema.exactOptional(),
} satisfies SchemaOf<Vm>);
