import type { LinuxBlockIo, LinuxThrottleDevice } from "@ctr/spec";
import type { ControlFiles, LimitField } from "../control-files.ts";

const weightField: LimitField = { path: "blockIO.weight", name: "block I/O weight" };
const leafWeightField: LimitField = { path: "blockIO.leafWeight", name: "block I/O leaf weight" };

/** The lists of rate limits: field, its name, the file of version 1, the key in io.max of version 2. */
const throttles = [
  ["throttleReadBpsDevice", "read limit", "blkio.throttle.read_bps_device", "rbps"],
  ["throttleWriteBpsDevice", "write limit", "blkio.throttle.write_bps_device", "wbps"],
  ["throttleReadIOPSDevice", "limit of reads", "blkio.throttle.read_iops_device", "riops"],
  ["throttleWriteIOPSDevice", "limit of writes", "blkio.throttle.write_iops_device", "wiops"],
] as const;

/**
 * Sets the limits of the blkio controller of version 1. Weights go to the BFQ scheduler where the kernel has no other.
 *
 * @see Documentation/admin-guide/cgroup-v1/blkio-controller.rst of Linux
 */
export function applyBlockIoV1(files: ControlFiles, blockIo: LinuxBlockIo): void {
  const prefix = files.has("blkio.weight") ? "blkio" : "blkio.bfq";
  if (blockIo.weight) files.set(`${prefix}.weight`, blockIo.weight, weightField);
  if (blockIo.leafWeight) files.set("blkio.leaf_weight", blockIo.leafWeight, leafWeightField);
  for (const [index, device] of (blockIo.weightDevice ?? []).entries()) {
    const number = `${device.major}:${device.minor}`;
    if (device.weight) {
      const field = weightDeviceField(index, "weight");
      files.set(`${prefix}.weight_device`, `${number} ${device.weight}`, field);
    }
    if (device.leafWeight) {
      const field = weightDeviceField(index, "leafWeight");
      files.set("blkio.leaf_weight_device", `${number} ${device.leafWeight}`, field);
    }
  }
  for (const { field, file, device } of eachThrottle(blockIo)) {
    files.set(file, `${device.major}:${device.minor} ${device.rate ?? 0}`, field);
  }
}

/**
 * Sets the limits of the io controller of version 2: weights by BFQ where it is the scheduler, else by io.weight.
 *
 * Leaf weights do not exist there and are left out, as by runc. A rate of 0 is no limit, as on version 1.
 */
export function applyBlockIoV2(files: ControlFiles, blockIo: LinuxBlockIo): void {
  const bfq = files.has("io.bfq.weight");
  if (blockIo.weight && bfq) files.set("io.bfq.weight", blockIo.weight, weightField);
  if (blockIo.weight && !bfq) files.set("io.weight", ioWeight(blockIo.weight), weightField);
  for (const [index, { major, minor, weight }] of (blockIo.weightDevice ?? []).entries()) {
    if (!weight) continue;
    const field = weightDeviceField(index, "weight");
    if (bfq) files.set("io.bfq.weight", `${major}:${minor} ${weight}`, field);
    else files.set("io.weight", `${major}:${minor} ${ioWeight(weight)}`, field);
  }
  for (const { field, key, device } of eachThrottle(blockIo)) {
    files.set("io.max", `${device.major}:${device.minor} ${key}=${device.rate || "max"}`, field);
  }
}

/** Converts a weight of version 1 (10 to 1000) linearly to one of version 2 (1 to 10000). */
export function ioWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}

interface Throttle {
  readonly field: LimitField;
  readonly file: string;
  readonly key: string;
  readonly device: LinuxThrottleDevice;
}

function eachThrottle(blockIo: LinuxBlockIo): Throttle[] {
  return throttles.flatMap(([list, name, file, key]) =>
    (blockIo[list] ?? []).map((device, index) => ({
      field: { path: `blockIO.${list}[${index}].rate`, name: `block I/O ${name}` },
      file,
      key,
      device,
    })),
  );
}

function weightDeviceField(index: number, name: "weight" | "leafWeight"): LimitField {
  const what = name === "weight" ? "weight" : "leaf weight";
  return { path: `blockIO.weightDevice[${index}].${name}`, name: `block I/O ${what} of a device` };
}
