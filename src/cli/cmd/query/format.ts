import { TelemetryError } from '../../../core/errors.js';
import type { Streams } from '../../streams.js';
import type { QueryFormat, QueryOptions } from './command.js';

const BY_ENDING: readonly (readonly [RegExp, QueryFormat])[] = [
  [/\.parquet$/i, 'parquet'],
  [/\.csv$/i, 'csv'],
  [/\.tsv$/i, 'tsv'],
  [/\.json$/i, 'json'],
  [/\.md$/i, 'markdown'],
];

/**
 * The form of the rows: as asked for, else by the ending of the file to write, else a table on a terminal and NDJSON elsewhere.
 * @throws TelemetryError `usage` for Parquet without a file.
 */
export function chooseFormat({ format, out }: QueryOptions, { isTerminal }: Streams): QueryFormat {
  if (format === 'parquet' && out === undefined) {
    throw new TelemetryError('usage', '--format parquet needs --out FILE: it is not for a terminal or a pipe');
  }
  if (format !== undefined) return format;
  if (out !== undefined) return BY_ENDING.find(([ending]) => ending.test(out))?.[1] ?? 'ndjson';
  return isTerminal ? 'table' : 'ndjson';
}
