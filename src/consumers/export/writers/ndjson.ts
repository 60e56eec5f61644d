import { isoTime } from '../../../store/archive/as-sent.js';
import { sourceSql, whereSql } from '../rows.js';
import { textFile, type TextOutput } from './text-file.js';
import type { ExportWriter, WriterParts } from './writer.js';

/** Core columns of text: a line has those that are not NULL. */
const TEXTS = ['type', 'name', 'severity', 'message', 'service', 'trace_id', 'span_id', 'parent_span_id'];

/**
 * SQL for the line of an event: core columns that are not NULL, and the payload as sent. Line breaks in a payload stand
 * between its tokens, since JSON escapes them in texts: a blank says the same.
 */
const LINE = `concat('{"id":', id, ',"stream_id":', stream_id,
  ',"received_at":"', ${isoTime('received_at')}, '","time":"', ${isoTime('"time"')}, '"',
  ${TEXTS.map(name => `',"${name}":' || to_json("${name}")::varchar`).join(', ')},
  ',"duration_ms":' || case when isfinite(duration_ms) then duration_ms::varchar end,
  ',"encoding":"' || "encoding" || '"',
  ',"payload":', replace(replace(payload::varchar, chr(13), ' '), chr(10), ' '), '}')`;

/** NDJSON: an object a line, as `telemetry query` prints it, without flat columns, which the payload has. */
export function ndjson(parts: WriterParts, output?: TextOutput): ExportWriter {
  const { predicate, compression } = parts;
  const sql = `select line from (select ${LINE} as line, id from ${sourceSql(predicate)}${whereSql(predicate)}) order by id`;
  const options = `format csv, header false, delim '', quote '', escape '', compression ${compression}`;
  return textFile(parts, () => ({ sql, options }), output);
}
