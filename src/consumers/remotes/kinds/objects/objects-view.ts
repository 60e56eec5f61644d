import { quoteText } from '../../../../store/sql/text.js';
import type { ObjectEntry } from './manifest-format.js';

/** The folder of types whose names are too long for a file system: readers take the type for NULL. */
const NULL_FOLDER = '/type=__HIVE_DEFAULT_PARTITION__/';

/** The columns before the flat ones, in the order of the view. */
const FIRST = ['store_id', 'epoch', 'id', 'stream_id', 'received_at', 'time', 'type'];

/**
 * SQL for the view `events` over the objects of a manifest. Flat columns have the types that hold all of their values.
 */
export function eventsSql(entries: readonly ObjectEntry[], urlOf: (file: string) => string): string {
  if (entries.length === 0) return noEvents();
  const named = entries.filter(entry => !isReadAsNull(entry));
  const unnamed = new Map<string, ObjectEntry[]>();
  for (const entry of entries.filter(isReadAsNull))
    unnamed.set(entry.type, [...(unnamed.get(entry.type) ?? []), entry]);
  const selects = [
    ...(named.length === 0 ? [] : [`select * from ${reader(named, urlOf)}`]),
    ...[...unnamed].map(([type, of]) => `select * replace (${quoteText(type)} as "type") from ${reader(of, urlOf)}`),
  ];
  const first = FIRST.map(name => `"${name}"`).join(', ');
  return `select ${first}, * exclude (${first}, payload, "day"), payload::json as payload, "day"
    from (${selects.join('\nunion all by name ')})`;
}

/** SQL for the table `objects`: the entries of a manifest. */
export function objectsSql(entries: readonly ObjectEntry[]): string {
  return `select entry.* from (select unnest(from_json(${quoteText(JSON.stringify(entries))}, '[{
    "file": "VARCHAR", "store_id": "VARCHAR", "epoch": "VARCHAR", "first_id": "BIGINT", "last_id": "BIGINT",
    "events": "BIGINT", "bytes": "BIGINT", "sha256": "VARCHAR", "day": "DATE", "type": "VARCHAR",
    "min_time": "TIMESTAMPTZ", "max_time": "TIMESTAMPTZ"}]')) as entry)`;
}

/** True for an object whose type DuckDB reads from the path as NULL: one without a folder, or with the name `null`. */
function isReadAsNull({ file, type }: ObjectEntry): boolean {
  return `/${file}`.includes(NULL_FOLDER) || type.toLowerCase() === 'null';
}

function reader(entries: readonly ObjectEntry[], urlOf: (file: string) => string): string {
  const files = entries.map(({ file }) => quoteText(urlOf(file))).join(', ');
  return `read_parquet([${files}], union_by_name = true, hive_partitioning = true,
    hive_types = {'day': date, 'type': varchar})`;
}

function noEvents(): string {
  return `select null::varchar as store_id, null::varchar as epoch, null::bigint as id, null::bigint as stream_id,
    null::timestamptz as received_at, null::timestamptz as "time", null::varchar as "type", null::varchar as name,
    null::varchar as severity, null::varchar as message, null::varchar as service, null::varchar as trace_id,
    null::varchar as span_id, null::varchar as parent_span_id, null::double as duration_ms,
    null::varchar as encoding, null::json as payload, null::date as "day" where false`;
}
