const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Mmm dd hh:mm:ss` (RFC 3164, section 4.1.2), with the year and fraction that some senders add. */
const BSD =
  /^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?:? +/;

/** RFC 3339, as rsyslog and syslog-ng may be told to write. */
const ISO = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})) +/;

/** A day: a sender's clock or zone may be ahead of ours by this much at most. */
const AHEAD_MS = 86_400_000;

/**
 * Reads the timestamp at the start of a message of RFC 3164: in this machine's time zone, and of the last year in which
 * it is not ahead of `now` by more than a day. Undefined when there is none.
 */
export function legacyTime(text: string, now: number): { readonly time: string; readonly end: number } | undefined {
  const iso = ISO.exec(text);
  if (iso) return { time: iso[1]!, end: iso[0].length };
  const [found, month, day, year, hour, minute, second, fraction] = BSD.exec(text) ?? [];
  if (found === undefined) return undefined;
  const inYear = (fullYear: number): Date =>
    new Date(
      fullYear,
      MONTHS.indexOf(month!),
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
      Number((fraction ?? '').slice(0, 3).padEnd(3, '0')),
    );
  const thisYear = new Date(now).getFullYear();
  let date = inYear(year === undefined ? thisYear + 1 : Number(year));
  for (let back = 0; year === undefined && back < 2 && date.getTime() > now + AHEAD_MS; back++)
    date = inYear(thisYear - back);
  return { time: date.toISOString(), end: found.length };
}
