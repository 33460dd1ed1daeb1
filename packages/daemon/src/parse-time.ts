const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * Returns a time that was given as RFC 3339 or as seconds since 1970 (with a fraction if need be) in UTC with nine digits
 * of nanoseconds, so that times compare as text; `undefined` when the text is no time.
 *
 * @example
 * ```ts
 * parseTime("2016-10-06T02:17:09.5+02:00"); // "2016-10-06T00:17:09.500000000Z"
 * parseTime("0"); // "1970-01-01T00:00:00.000000000Z"
 * ```
 */
export function parseTime(text: string): string | undefined {
  const seconds = /^(\d{1,11})(?:\.(\d{1,9})\d*)?$/.exec(text);
  if (seconds !== null) return format(Number(seconds[1]) * 1000, seconds[2]);
  const [, date, time, fraction, zone] = rfc3339.exec(text) ?? [];
  if (date === undefined) return undefined;
  return format(Date.parse(`${date}T${time}${zone?.toUpperCase()}`), fraction);
}

function format(wholeSecondsMs: number, fraction = ""): string | undefined {
  const date = new Date(wholeSecondsMs);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return undefined;
  return `${date.toISOString().slice(0, 19)}.${fraction.padEnd(9, "0")}Z`;
}
