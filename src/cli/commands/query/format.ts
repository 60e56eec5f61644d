import { basename, extname } from 'node:path';
import { TelemetryError } from '../../../core/errors.js';
import { formatNamed } from '../../config/format-names.js';
import type { Streams } from '../../shared/streams.js';
import { QUERY_FORMATS, type QueryFormat, type QueryOptions } from './options.js';

/** Formats by the ending of a file; those without an ending, and plain text, get NDJSON. */
const BY_ENDING: Readonly<Record<string, QueryFormat>> = {
  '.parquet': 'parquet',
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.md': 'markdown',
  '': 'ndjson',
  '.txt': 'ndjson',
  '.log': 'ndjson',
  '.out': 'ndjson',
};

/** What `-o` names in other programs: a format, and not a file. */
const OTHER_FORMATS = /^(?:yaml|yml|xml|html|xlsx|wide|name|pretty)$/i;

/** The form of the rows of a query: a format, or values alone. */
export type RowForm = QueryFormat | 'raw';

/**
 * The form of the rows: as asked for, else by the ending of the file to write, else a table on a terminal and NDJSON elsewhere.
 * @throws TelemetryError `usage` for Parquet without a file, a file that tells no format, and --raw with a format that
 * has no values alone.
 */
export function chooseFormat(options: QueryOptions, { isTerminal }: Streams): RowForm {
  const { format, isFormatNamed, out, isRaw } = options;
  if (format === 'parquet' && out === undefined) {
    throw new TelemetryError('usage', '--format parquet needs --out FILE: it is not for a terminal or a pipe');
  }
  if (out !== undefined) refuseFormatName(out);
  const named = isFormatNamed || !isRaw ? format : undefined;
  const chosen = named ?? (out === undefined ? undefined : formatOfFile(out));
  if (!isRaw) return chosen ?? (isTerminal ? 'table' : 'ndjson');
  if (chosen === 'csv' || chosen === 'tsv') return chosen;
  if (named === undefined && (chosen === undefined || chosen === 'ndjson')) return 'raw';
  throw new TelemetryError('usage', `--raw prints values alone: ${chosen ?? ''} has none`, {
    remedy: 'Leave --format away, or give csv or tsv, which --raw prints without their header.',
  });
}

/** `-o json`: other programs take the name of a format there. */
function refuseFormatName(out: string): void {
  const name = basename(out);
  const format = formatNamed(name, QUERY_FORMATS);
  if (format === undefined && !OTHER_FORMATS.test(name)) return;
  const meant =
    format === undefined ? `the formats are ${QUERY_FORMATS.join(', ')}` : `did you mean --format ${format}?`;
  throw new TelemetryError('usage', `--out takes a file, and ${name} names a format: ${meant}`, {
    remedy: `For a file of that name, give it an ending, such as --out ${name}.${EXAMPLE_ENDING[format ?? ''] ?? 'ndjson'}.`,
  });
}

const EXAMPLE_ENDING: Readonly<Record<string, string>> = {
  markdown: 'md',
  csv: 'csv',
  tsv: 'tsv',
  json: 'json',
  parquet: 'parquet',
};

function formatOfFile(out: string): QueryFormat {
  const ending = extname(out).toLowerCase();
  const format = Object.hasOwn(BY_ENDING, ending) ? BY_ENDING[ending] : undefined;
  if (format !== undefined) return format;
  const known = Object.keys(BY_ENDING).slice(0, 7).join(', ');
  throw new TelemetryError('usage', `--out ${basename(out)}: ${ending} is no format that can be written`, {
    remedy: `Name a file that ends in one of ${known}, or say what to write with --format.`,
  });
}
