const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** Returns a number of bytes for people: `512B`, `1.5MiB`; three digits at the least, powers of 1024. */
export function formatBytes(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)}${units[unit]}`;
}
