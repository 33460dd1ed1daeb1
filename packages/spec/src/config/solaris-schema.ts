import { z } from "zod";
import { objectOf } from "../schema-parts.ts";
import type { Solaris, SolarisAnet, SolarisCappedCpu, SolarisCappedMemory } from "./solaris.ts";

const text = z.string().exactOptional();

/** Schema of {@linkcode SolarisCappedCpu}. */
export const solarisCappedCpuSchema: z.ZodType<SolarisCappedCpu> = objectOf<SolarisCappedCpu>()({
  ncpus: text,
});

/** Schema of {@linkcode SolarisCappedMemory}. */
export const solarisCappedMemorySchema: z.ZodType<SolarisCappedMemory> =
  objectOf<SolarisCappedMemory>()({
    physical: text,
    swap: text,
  });

/** Schema of {@linkcode SolarisAnet}. */
export const solarisAnetSchema: z.ZodType<SolarisAnet> = objectOf<SolarisAnet>()({
  linkname: text,
  lowerLink: text,
  allowedAddress: text,
  configureAllowedAddress: text,
  defrouter: text,
  macAddress: text,
  linkProtection: text,
});

/** Schema of {@linkcode Solaris}. */
export const solarisSchema: z.ZodType<Solaris> = objectOf<Solaris>()({
  milestone: text,
  limitpriv: text,
  maxShmMemory: text,
  cappedCPU: solarisCappedCpuSchema.exactOptional(),
  cappedMemory: solarisCappedMemorySchema.exactOptional(),
  anet: z.array(solarisAnetSchema).exactOptional(),
});
