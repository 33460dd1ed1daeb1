import { z } from "zod";
import { int64, objectOf, uint16, uint64 } from "../../../schema-parts.ts";
import type { LinuxBlockIo, LinuxThrottleDevice, LinuxWeightDevice } from "./block-io.ts";

/** Schema of {@linkcode LinuxThrottleDevice}. */
export const linuxThrottleDeviceSchema: z.ZodType<LinuxThrottleDevice> =
  objectOf<LinuxThrottleDevice>()({
    major: int64,
    minor: int64,
    rate: uint64.exactOptional(),
  });

/** Schema of {@linkcode LinuxWeightDevice}. */
export const linuxWeightDeviceSchema: z.ZodType<LinuxWeightDevice> = objectOf<LinuxWeightDevice>()({
  major: int64,
  minor: int64,
  weight: uint16.exactOptional(),
  leafWeight: uint16.exactOptional(),
});

const throttles = z.array(linuxThrottleDeviceSchema).exactOptional();

/** Schema of {@linkcode LinuxBlockIo}. */
export const linuxBlockIoSchema: z.ZodType<LinuxBlockIo> = objectOf<LinuxBlockIo>()({
  weight: uint16.exactOptional(),
  leafWeight: uint16.exactOptional(),
  throttleReadBpsDevice: throttles,
  throttleWriteBpsDevice: throttles,
  throttleReadIOPSDevice: throttles,
  throttleWriteIOPSDevice: throttles,
  weightDevice: z.array(linuxWeightDeviceSchema).exactOptional(),
});
