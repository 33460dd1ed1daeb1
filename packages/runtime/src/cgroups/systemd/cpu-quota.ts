import type { UnitProperty } from "./property.ts";

const unlimited = 2n ** 64n - 1n;
/** The kernel's default period, in µs. */
const defaultPeriod = 100_000;

/** A quota as systemd counts it: microseconds for each second, in whole percents, rounded up. */
export function cpuQuotaProperties(quota: number, period: number, systemd: number): UnitProperty[] {
  const properties: UnitProperty[] = [];
  if (period !== 0 && systemd >= 242) {
    properties.push({ name: "CPUQuotaPeriodUSec", signature: "t", value: BigInt(period) });
  }
  if (quota !== 0 || period !== 0) {
    const percent = 10_000;
    const perSecond = Math.floor((quota * 1_000_000) / (period || defaultPeriod));
    const value = quota > 0 ? BigInt(Math.ceil(perSecond / percent) * percent) : unlimited;
    properties.push({ name: "CPUQuotaPerSecUSec", signature: "t", value });
  }
  return properties;
}
