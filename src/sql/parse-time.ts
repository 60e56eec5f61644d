/** An epoch of at most 64 bits; 18 digits always fit, and so do nanoseconds until the year 2262. */
const INTEGER = '[0-9]{1,18}|[1-8][0-9]{18}';

/** Any other epoch: a positive number. */
const DECIMAL = '[0-9]+([.][0-9]+)?([eE][+]?[0-9]+)?';

/** ISO 8601 calendar dates, with or without a time, seconds, a fraction (after a point or a comma) and an offset. */
const ISO_8601 =
  '^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?\\s*([Zz]|[+-][01][0-9](?::?[0-5][0-9])?)?)?$';

/**
 * SQL for the first of `count` texts in a list that is a point in time, as TIMESTAMPTZ; NULL when none is. Never throws.
 * A time without an offset is UTC. Fractions past a microsecond are cut off. Zero is how OTLP says that a time is unknown.
 */
export function parseTime(list: string, count: number): string {
  const attempts = Array.from({ length: count }, (_, i) => `${list}[${i + 1}]`).map(parse);
  return attempts.length === 1 ? attempts[0]! : `coalesce(${attempts.join(', ')})`;
}

/** The text that most events carry (`...Z`) is cast as it is; the casts of DuckDB do not take all of ISO 8601, so other text is rewritten. */
function parse(text: string): string {
  return `try(coalesce(
    case when ${text} like '____-__-__T__:__:__%Z' then try_cast(${text} as TIMESTAMPTZ) end,
    case when ${text} is null then null
      when regexp_full_match(${text}, '${INTEGER}') then ${integerEpoch(`try_cast(${text} as BIGINT)`)}
      when regexp_full_match(${text}, '${DECIMAL}') then ${decimalEpoch(`try_cast(${text} as DOUBLE)`)}
      else ${iso8601(text)} end))`;
}

/** Epochs are told apart by size, as in core/duration.ts: seconds, milliseconds, microseconds, nanoseconds. */
function integerEpoch(n: string): string {
  return `make_timestamptz(case when ${n} = 0 then null when ${n} < 100000000000 then ${n} * 1000000
      when ${n} < 100000000000000 then ${n} * 1000 when ${n} < 100000000000000000 then ${n} else ${n} // 1000 end)`;
}

/** A double holds today's seconds to the microsecond. */
function decimalEpoch(n: string): string {
  return `make_timestamptz(round(case when ${n} = 0 then null when ${n} < 1e11 then ${n} * 1e6
      when ${n} < 1e14 then ${n} * 1e3 when ${n} < 1e17 then ${n} else ${n} / 1e3 end)::BIGINT)`;
}

function iso8601(text: string): string {
  const groups = `regexp_extract(${text}, '${ISO_8601}', ['day', 'minute', 'second', 'fraction', 'zone'])`;
  return `list_transform([${groups}], lambda t: try_cast(
      t.day || ' ' || coalesce(nullif(t.minute, ''), '00:00') || ':' || coalesce(nullif(t.second, ''), '00')
      || '.' || coalesce(nullif(t.fraction[1:6], ''), '0')
      || case when t.zone in ('', 'Z', 'z') then '+00' else t.zone end as TIMESTAMPTZ))[1]`;
}
