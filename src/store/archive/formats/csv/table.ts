import { join } from 'node:path';
import type { Segment } from '../../../catalog/segments.js';
import { quoteName, quoteText } from '../../../sql/text.js';
import { longestPayload } from '../../segment-stats.js';
import { IN_PAYLOAD } from '../parquet/columns.js';

/** The first columns of every file. The flat columns follow, and the payload as sent is last. */
const FIRST_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['id', 'BIGINT'],
  ['stream_id', 'BIGINT'],
  ['received_at', 'TIMESTAMPTZ'],
  ['time', 'TIMESTAMPTZ'],
  ['type', 'VARCHAR'],
  ['name', 'VARCHAR'],
  ['encoding', 'VARCHAR'],
];

/** Upper bound of a row's size in payloads: the payload with its quotes doubled, and again in flat columns. */
const TIMES_PAYLOAD = 5;
const LEAST_LINE_BYTES = 2_000_000;

/** The names of a segment's flat columns, in order. */
export function flatNames({ columns }: Pick<Segment, 'columns'>): string[] {
  return Object.keys(columns).filter(name => columns[name]!.type !== IN_PAYLOAD);
}

/**
 * A query for the rows of CSV files, with a part for each set of files that share a header. Columns that a file lacks
 * are NULL.
 */
export function readTables(dir: string, segments: readonly Segment[]): string {
  return readParts(dir, segments).join('\nunion all by name\n');
}

/** The same, as one query for each set of files. */
export function readParts(dir: string, segments: readonly Segment[]): string[] {
  const parts = new Map<string, Segment[]>();
  for (const segment of segments) {
    const key = JSON.stringify([flatNames(segment), segment.file.endsWith('.zst')]);
    const part = parts.get(key);
    if (part) part.push(segment);
    else parts.set(key, [segment]);
  }
  return [...parts.values()].map(part => {
    const files = part.map(({ file }) => quoteText(join(dir, file))).join(', ');
    const flat = flatNames(part[0]!).map(name => [name, 'VARCHAR'] as const);
    const columns = [...FIRST_COLUMNS, ...flat, ['payload', 'VARCHAR'] as const];
    const types = columns.map(([name, type]) => `${quoteName(name)}: '${type}'`).join(', ');
    const line = Math.max(LEAST_LINE_BYTES, TIMES_PAYLOAD * longestPayload(part));
    // Not in parallel: a scan that begins in the middle of a file cannot know whether a line break is quoted.
    return `select * from read_csv([${files}], columns = {${types}}, header = true, auto_detect = false, delim = ',',
      quote = '"', escape = '"', allow_quoted_nulls = false, parallel = false, max_line_size = ${line})`;
  });
}
