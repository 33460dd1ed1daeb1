import { z } from "zod";
import type { SchemaOf } from "../schema-parts.ts";
import type { Solaris, SolarisAnet, SolarisCappedCpu, SolarisCappedMemory } from "./solaris.ts";

const text = z.string().exactOptional();

/** Schema of {@linkcode SolarisCappedCpu}. */
export const solarisCappedCpuSchema: z.ZodType<SolarisCappedCpu> = z.looseObject({
  ncpus: text,
} satisfies SchemaOf<SolarisCappedCpu>);

/** Schema of {@linkcode SolarisCappedMemory}. */
export const solarisCappedMemorySchema: z.ZodType<SolarisCappedMemory> = z.looseObject({
  physical: text,
  swap: text,
} satisfies SchemaOf<SolarisCappedMemory>);

/** Schema of {@linkcode SolarisAnet}. */
export const solarisAnetSchema: z.ZodType<SolarisAnet> = z.looseObject({
  linkname: text,
  lowerLink: text,
  allowedAddress: text,
  configureAllowedAddress: text,
  defrouter: text,
  macAddress: text,
  linkProtection: text,
} satisfies SchemaOf<SolarisAnet>);

/** Schema of {@linkcode Solaris}. */
export const solarisSchema: z.ZodType<Solaris> = z.looseObject({
  milestone: text,
  limitpriv: text,
  maxShmMemory: text,
  cappedCPU: solarisCappedCpuSchema.exactOptional(),
  cappedMemory: solarisCappedMemorySchema.exactOptional(),
  anet: z.array(solarisAnetSchema).exactOptional(),
} satisfies SchemaOf<Solaris>);
