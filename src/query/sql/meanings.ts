/*
 * Words that people try for columns and tables, by their meaning. A word is compared without case and without `.`, `_`,
 * `-` and `@`, so that each is written here once.
 */

/**
 * Groups of column names with the same meaning: an unknown name gets a hint to one of its group that the events have.
 */
const COLUMNS: readonly (readonly string[])[] = [
  ['time', 'timestamp', 'ts', 'date', 'datetime', 'created_at', 'event_time', 'occurred_at', 'when'],
  ['received_at', 'ingested_at', 'inserted_at', 'arrived_at', 'insert_datetime'],
  ['message', 'msg', 'text', 'body', 'log', 'line', 'description', 'content'],
  ['severity', 'level', 'loglevel', 'lvl', 'severity_text', 'levelname', 'priority'],
  ['service', 'service_name', 'application', 'app', 'container', 'job', 'component'],
  ['trace_id', 'trace.traceId', 'trace.id', 'trace'],
  ['span_id', 'trace.spanId', 'span.id', 'span'],
  ['parent_span_id', 'trace.parentSpanId', 'parent_id', 'parent'],
  ['duration_ms', 'duration', 'elapsed', 'latency', 'took', 'response_time', 'timeElapsed', 'elapsed_ms', 'latency_ms'],
  [
    'name',
    'event',
    'event_name',
    'operation_name',
    'operation',
    'span_name',
    'metric_name',
    'metric',
    'action',
    'title',
  ],
  ['type', 'event_type', 'telemetry_type', 'kind', 'category'],
  ['metric_value', 'value', 'val', 'amount'],
  ['metric_unit', 'unit'],
  ['payload', 'raw', 'json', 'data', 'attributes', 'fields', 'source', 'doc'],
  ['host_name', 'hostname', 'host', 'instance', 'node', 'machine'],
  ['status', 'status_code', 'http.status_code', 'http.response.status_code', 'response_code', 'code'],
  ['exception.message', 'error', 'err', 'exception', 'error.message', 'err.message', 'error_message'],
  ['url', 'path', 'uri', 'http.url', 'url.path', 'http.target', 'http.route', 'route', 'endpoint'],
  ['http.request.method', 'method', 'http.method', 'verb'],
  ['user_id', 'user', 'user.id', 'uid', 'actorId'],
  ['id', 'event_id', 'uuid'],
  ['stream_id', 'stream', 'connection'],
];

/** Words for a table, the view that they mean, and the same as a condition on `events`. */
const TABLES: readonly (readonly [words: readonly string[], view: string, where: string])[] = [
  [['events', 'event', 'telemetry', 'records', 'data', 'table', 'all'], 'events', ''],
  [['logs', 'log', 'log_records', 'logging', 'messages'], 'logs', `type = 'log'`],
  [['spans', 'span', 'trace', 'tracing'], 'spans', `type = 'trace'`],
  [['metrics', 'metric', 'measurements', 'samples', 'timeseries'], 'metrics', `type = 'metric'`],
  [['streams', 'stream', 'connections', 'requests', 'sources'], 'streams', ''],
];

/** The views of a store. */
export const VIEWS: readonly string[] = TABLES.map(([, view]) => view);

/** The names among `names` with the same meaning as `word`, in the order of its group. */
export function columnsLike(word: string, names: readonly string[]): string[] {
  const key = keyOf(word);
  const byKey = new Map(names.map(name => [keyOf(name), name]));
  const found = COLUMNS.filter(group => group.some(name => keyOf(name) === key)).flatMap(group =>
    group.flatMap(name => byKey.get(keyOf(name)) ?? []),
  );
  return [...new Set(found)].filter(name => keyOf(name) !== key || name.toLowerCase() !== word.toLowerCase());
}

/** A hint to the view that a word for a table means; undefined for other words. */
export function tableLike(word: string): string | undefined {
  const found = TABLES.find(([words]) => words.includes(word.toLowerCase()));
  if (!found) return undefined;
  const [, view, where] = found;
  if (view === word.toLowerCase()) return where === '' ? undefined : `events where ${where}`;
  return where === '' ? view : `${view}, or events where ${where}`;
}

const LEVEL_GROUP: ReadonlySet<string> = new Set(COLUMNS.find(group => group[0] === 'severity')!.map(keyOf));

/** True for a column that holds log levels. */
export function isLevelColumn(name: string): boolean {
  return LEVEL_GROUP.has(keyOf(name.slice(name.lastIndexOf('.') + 1)));
}

function keyOf(name: string): string {
  return name.toLowerCase().replace(/[._@-]/g, '');
}
