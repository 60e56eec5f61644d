/** An epoch: a positive number. */
const EPOCH = `^[0-9]+(\\.[0-9]+)?([eE][+]?[0-9]+)?$`;

/** ISO 8601 calendar dates, with or without a time, seconds, a fraction (after a point or a comma) and an offset. */
const ISO_8601 =
  '^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?\\s*([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$';

/**
 * SQL for the first of `count` texts in a list that is a point in time, as TIMESTAMPTZ; NULL when none is. Never throws.
 * A time without an offset is UTC. Fractions past a microsecond are cut off. Zero is how OTLP says that a time is unknown.
 */
export function parseTime(list: string, count: number): string {
  const attempts = Array.from({ length: count }, (_, i) => `${list}[${i + 1}]`).map(parse);
  return attempts.length === 1 ? attempts[0]! : `coalesce(${attempts.join(', ')})`;
}

/** The text that most events carry (`...Z`) is cast as it is; the casts of DuckDB do not take all of ISO 8601, so others are rewritten. */
function parse(text: string): string {
  return `try(case
    when ${text} is null then null
    when ${text} like '____-__-__T__:__:__%Z' and try_cast(${text} as TIMESTAMPTZ) is not null then try_cast(${text} as TIMESTAMPTZ)
    when regexp_full_match(${text}, '${EPOCH}') then ${epoch(`try_cast(${text} as DECIMAL(38, 9))`)}
    else ${iso8601(text)} end)`;
}

/** Epochs are told apart by size, as in core/duration.ts: seconds, milliseconds, microseconds, nanoseconds. */
function epoch(decimal: string): string {
  return `list_transform([${decimal}], lambda n: make_timestamptz(case
      when n <= 0 then null
      when n < 100000000000 then floor(n * 1000000)::BIGINT
      when n < 100000000000000 then floor(n * 1000)::BIGINT
      when n < 100000000000000000 then floor(n)::BIGINT
      else (floor(n)::HUGEINT // 1000)::BIGINT end))[1]`;
}

function iso8601(text: string): string {
  const groups = `regexp_extract(${text}, '${ISO_8601}', ['day', 'minute', 'second', 'fraction', 'zone'])`;
  return `list_transform([${groups}], lambda t: try_cast(
      t.day || ' ' || coalesce(nullif(t.minute, ''), '00:00') || ':' || coalesce(nullif(t.second, ''), '00')
      || '.' || coalesce(nullif(t.fraction[1:6], ''), '0')
      || case when t.zone in ('', 'Z', 'z') then '+00' else t.zone end as TIMESTAMPTZ))[1]`;
}
