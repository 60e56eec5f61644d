/*
 * SQL for points in time. None of it calls TRY, which in DuckDB 1.5 can end the process: each step gives NULL for what it
 * cannot compute.
 */
import { EARLIEST_BASIC_DATE, LATEST_BASIC_DATE } from '../../core/iso-time.js';
import { EARLIEST_EPOCH_SECONDS } from '../../core/vocabulary.js';
import { pointer } from './text.js';

/** An epoch of at most 64 bits; 18 digits always fit, and so do nanoseconds until the year 2262. */
const INTEGER = '[0-9]{1,18}|[1-8][0-9]{18}';

/** Any other epoch: a positive number. */
const DECIMAL = '[0-9]+([.][0-9]+)?([eE][+]?[0-9]+)?';

/** A time zone as an offset or as one of the names of UTC. */
const ZONE = '[Zz]|UTC|GMT|[+-][01][0-9](?::?[0-5][0-9])?';

/** A time of day: minutes, then seconds and a fraction of any length after a point or a comma. */
const CLOCK = '([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?';

/**
 * Behind an offset: the zone's name and the monotonic clock of Go's Time.String, or the zone and calendar of RFC 9557.
 */
const SUFFIX = '(?:\\s+(?:[A-Za-z]{1,5}|[+-][0-9]{2,4}))?(?:\\s+m=[+-][0-9.]+)?(?:\\[[^\\]]*\\])*';

/** ISO 8601 calendar dates, also with slashes, with or without a time and an offset. */
const EXTENDED = `^([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})(?:[Tt ]${CLOCK}\\s*(?:(${ZONE})${SUFFIX})?)?$`;

/** The basic format of ISO 8601: a date and a time without separators. */
const BASIC = `^([0-9]{4})([0-9]{2})([0-9]{2})[Tt]([0-9]{4})([0-9]{2})?(?:[.,]([0-9]+))?(${ZONE})?$`;

/**
 * Day, month by name, year and time: HTTP and mail (RFC 9110, 5.6.7; RFC 5322, 3.3), and the common log format
 * (`20/Nov/2026:08:00:06 +0000`).
 */
const DAY_FIRST = `^\\[?(?:[A-Za-z]{3,9},? )?([0-9]{1,2})[ /-]([A-Za-z]{3})[ /-]([0-9]{4})[ :]${CLOCK} ?(${ZONE})?\\]?$`;

/** Weekday and month by name, then the day: C's ctime, date(1), and the texts of Java's and JavaScript's Date. */
const MONTH_FIRST = `^[A-Za-z]{3},? ([A-Za-z]{3}) +([0-9]{1,2})(?: ([0-9]{4}))? ${CLOCK}(?: (?:GMT)?(${ZONE})?)?(?: ([0-9]{4}))?(?: [(][^)]*[)])?$`;

const PARTS = `['year', 'month', 'date', 'minute', 'second', 'fraction', 'zone']`;
const DAY_FIRST_PARTS = `['date', 'month', 'year', 'minute', 'second', 'fraction', 'zone']`;
const MONTH_FIRST_PARTS = `['month', 'date', 'year', 'minute', 'second', 'fraction', 'zone', 'last']`;

/**
 * SQL for the point in time that a text is, as TIMESTAMPTZ; otherwise NULL. Never throws. A time without an offset is
 * UTC. Fractions past a microsecond are cut off. A number before {@link EARLIEST_EPOCH_SECONDS} is not a time.
 */
export function parseTime(text: string): string {
  return `coalesce(
    ${usualTime(text)},
    case when ${text} is null then null
      when regexp_full_match(${text}, '${INTEGER}') then ${integerEpoch(`try_cast(${text} as BIGINT)`)}
      when regexp_full_match(${text}, '${DECIMAL}') then ${decimalEpoch(`try_cast(${text} as DOUBLE)`)}
      when ${text} like '____-%' or ${text} like '____/%' then ${fromParts(text, EXTENDED, PARTS)}
      when ${text} like '________T%' or ${text} like '________t%' then ${fromParts(text, BASIC, PARTS)}
      when ${text} like '___ ___ %' then ${fromParts(text, MONTH_FIRST, MONTH_FIRST_PARTS)}
      else ${fromParts(text, DAY_FIRST, DAY_FIRST_PARTS)} end)`;
}

/** The same for the texts that most events carry, `...Z` and integers; NULL for all others. */
export function parseUsualTime(text: string): string {
  return usualTime(text);
}

/** These texts are cast as they are: no pattern is matched for them. */
function usualTime(text: string): string {
  return `case when ${text} like '____-__-__T__:__:__%Z' then try_cast(${text} as TIMESTAMPTZ)
      when try_cast(${text} as BIGINT)::VARCHAR = ${text} then ${integerEpoch(`try_cast(${text} as BIGINT)`)} end`;
}

/**
 * SQL for a number of seconds that {@link parseTime} rejects: small and not zero. OTLP uses zero for an unknown time.
 */
export function parseEarlyEpoch(text: string): string {
  const seconds = `try_cast(${text} as DOUBLE)`;
  return `case when regexp_full_match(${text}, '${DECIMAL}') and ${seconds} > 0 and ${seconds} < ${EARLIEST_EPOCH_SECONDS}
    then make_timestamptz(round(${seconds} * 1e6)::BIGINT) end`;
}

/** The most seconds before or after 1970 whose microseconds, with any nanoseconds past them, fit 64 bits. */
const MAX_PAIR_SECONDS = 9_000_000_000_000;

/**
 * SQL for a point in time of two texts: whole seconds since 1970, and the nanoseconds past them. NULL past
 * {@link MAX_PAIR_SECONDS}.
 */
export function parseTimePair(seconds: string, nanoseconds: string | undefined): string {
  const nanos = nanoseconds === undefined ? '0' : `coalesce(try_cast(${nanoseconds} as BIGINT), 0)`;
  const whole = `try_cast(${seconds} as BIGINT)`;
  return `case when ${whole} between ${-MAX_PAIR_SECONDS} and ${MAX_PAIR_SECONDS}
    then make_timestamptz(${whole} * 1000000 + ${nanos} // 1000) end`;
}

/**
 * The unit of an epoch follows from its size, as in core/duration.ts: seconds, milliseconds, microseconds, nanoseconds.
 */
function integerEpoch(n: string): string {
  return `make_timestamptz(case when ${n} between ${EARLIEST_EPOCH_SECONDS} and 99999999999 then ${n} * 1000000
      when ${n} < ${EARLIEST_EPOCH_SECONDS} then null
      when ${n} < 100000000000000 then ${n} * 1000 when ${n} < 100000000000000000 then ${n} else ${n} // 1000 end)`;
}

/** A double holds today's seconds to the microsecond. One past 64 bits of microseconds is not a time. */
function decimalEpoch(n: string): string {
  return `make_timestamptz(try_cast(round(case when ${n} < ${EARLIEST_EPOCH_SECONDS} then null when ${n} < 1e11 then ${n} * 1e6
      when ${n} < 1e14 then ${n} * 1e3 when ${n} < 1e17 then ${n} else ${n} / 1e3 end) as BIGINT))`;
}

/**
 * SQL for the day that a text of eight digits is, as TIMESTAMPTZ; NULL for any other text, and for a number of JSON.
 * @param path of the text in the payload
 */
export function parseBasicDate(text: string, path: readonly string[]): string {
  return `case when ${text} like '________' and ${text} between '${EARLIEST_BASIC_DATE}' and '${LATEST_BASIC_DATE}'
      and regexp_full_match(${text}, '[0-9]{8}') and json_type(payload, ${pointer(path)}) = 'VARCHAR'
    then try_cast(${text}[1:4] || '-' || ${text}[5:6] || '-' || ${text}[7:8] || ' 00:00:00+00' as TIMESTAMPTZ) end`;
}

/** A month by its name has its number by where the name is in a text of all. */
function fromParts(text: string, pattern: string, parts: string): string {
  const month =
    parts === PARTS
      ? 'time_parts_.month'
      : `lpad(((strpos('janfebmaraprmayjunjulaugsepoctnovdec', lower(time_parts_.month)) + 2) // 3)::VARCHAR, 2, '0')`;
  const minute =
    pattern === BASIC
      ? `time_parts_.minute[1:2] || ':' || time_parts_.minute[3:4]`
      : `coalesce(nullif(time_parts_.minute, ''), '00:00')`;
  // DuckDB reads no leap second.
  return `list_transform([regexp_extract(${text}, '${pattern}', ${parts})], lambda time_parts_:
      make_timestamptz(case when time_parts_.second = '60' then 1000000 else 0 end + epoch_us(try_cast(
      ${pattern === MONTH_FIRST ? 'time_parts_.year || time_parts_.last' : 'time_parts_.year'} || '-' || ${month} || '-' || time_parts_.date || ' ' || ${minute} || ':'
      || case time_parts_.second when '' then '00' when '60' then '59' else time_parts_.second end || '.' || coalesce(nullif(time_parts_.fraction[1:6], ''), '0')
      || case when time_parts_.zone in ('', 'Z', 'z', 'UTC', 'GMT') then '+00' else time_parts_.zone end as TIMESTAMPTZ))))[1]`;
}
