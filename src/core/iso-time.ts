/** ISO 8601 calendar dates, with or without a time of day and an offset: the forms accepted for the column `time`. */
const ISO_8601 =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(?:[Zz]|[+-](\d{2})(?::?([0-5]\d))?)?)?$/;

/** No clock is further from UTC than +14:00; DuckDB reads up to this many hours. */
const MAX_OFFSET_HOURS = 15;

/** True for a valid time in ISO 8601: `2026-02-30` is not one. A leap second, `23:59:60`, is. */
export function isIsoTime(text: string): boolean {
  const parts = ISO_8601.exec(text);
  if (!parts) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset = 0] = parts.slice(1).map(numberOf);
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return false;
  return year > 0 && hour < 24 && minute < 60 && second <= 60 && offset <= MAX_OFFSET_HOURS;
}

/** Bounds of the dates that a text of eight digits may be, without the years of most numbers. */
export const EARLIEST_BASIC_DATE = '19730101';
export const LATEST_BASIC_DATE = '22001231';

/** True for a valid date in the basic format of ISO 8601, `20261128`. */
export function isBasicDate(text: string): boolean {
  if (!/^\d{8}$/.test(text) || text < EARLIEST_BASIC_DATE || text > LATEST_BASIC_DATE) return false;
  return isIsoTime(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`);
}

/** Missing parts are zero. */
function numberOf(part: string | undefined): number {
  return Number(part ?? 0);
}

function daysOf(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
