/** The formats of text that the published schemas name. */
export type TextFormat = "date-time" | "uri";

/** Whether `text` has a format. */
export function hasFormat(text: string, format: TextFormat): boolean {
  return format === "date-time" ? isDateTime(text) : isUri(text);
}

/**
 * Whether `text` is a date and time of RFC 3339, section 5.6: a day of the calendar, and a second 60
 * only where UTC can have one. As in common validators, an offset needs no colon and no minutes.
 */
function isDateTime(text: string): boolean {
  const dateTime =
    /^(\d{4})-(\d\d)-(\d\d)[Tt\s](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)$/;
  const match = dateTime.exec(text);
  if (match === null) {
    return false;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number);
  const [offsetHour, offsetMinute] = [Number(match[8] ?? 0), Number(match[9] ?? 0)];
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) {
    return false;
  }
  if (offsetHour > 23 || offsetMinute > 59) {
    return false;
  }
  if (hour <= 23 && minute <= 59 && second <= 59) {
    return true;
  }
  const sign = match[7] === "-" ? 1 : -1;
  const utc = hour * 60 + minute + sign * (offsetHour * 60 + offsetMinute);
  return second === 60 && (utc + 1) % (24 * 60) === 0 && hour <= 23 && minute <= 59;
}

function daysOf(year: number, month: number): number {
  if (month === 2) {
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  }
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Whether `text` is a URI with a scheme, RFC 3986, section 3. */
function isUri(text: string): boolean {
  const uri =
    /^[a-z][a-z0-9+.-]*:(?:\/\/(?:[\w.~!$&'()*+,;=:-]|%[0-9a-f]{2})*@?(?:\[[0-9a-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[0-9a-f]{2})*)(?::\d*)?(?=$|[/?#]))?(?:[\w.~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*(?:\?(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*)?(?:#(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*)?$/i;
  if (!uri.test(text)) {
    return false;
  }
  const literal = /^[^/?#]*\/\/[^/?#]*(\[[^\]]*\])/.exec(text)?.[1];
  return literal === undefined || URL.canParse(`http://${literal}/`);
}
