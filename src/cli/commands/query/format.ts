import { basename, extname } from 'node:path';
import { TelemetryError } from '../../../core/errors.js';
import { formatNamed } from '../../config/format-names.js';
import type { Streams } from '../../shared/streams.js';
import { QUERY_FORMATS, type QueryFormat, type QueryOptions } from './options.js';

/** Formats by file extension. Files without one, and plain text files, get NDJSON. */
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

/** Format names that `-o` takes in other programs; here `-o` takes a file. */
const OTHER_FORMATS = /^(?:yaml|yml|xml|html|xlsx|wide|name|pretty)$/i;

/** The form of the rows of a query: a format, or bare values. */
export type RowForm = QueryFormat | 'raw';

/**
 * Chooses the form of the rows: the given format, else that of the file extension, else a table on a terminal and NDJSON
 * elsewhere.
 * @throws TelemetryError `usage` for Parquet without a file, an unknown file extension, and --raw with a format that
 * cannot print bare values.
 */
export function chooseFormat(options: QueryOptions, { isTerminal }: Streams): RowForm {
  const { format, isFormatNamed, out, isRaw } = options;
  if (format === 'parquet' && out === undefined) {
    throw new TelemetryError('usage', '--format parquet needs --out FILE: it cannot go to a terminal or a pipe');
  }
  if (out !== undefined) refuseFormatName(out);
  const named = isFormatNamed || !isRaw ? format : undefined;
  const chosen = named ?? (out === undefined ? undefined : formatOfFile(out));
  if (!isRaw) return chosen ?? (isTerminal ? 'table' : 'ndjson');
  if (chosen === 'csv' || chosen === 'tsv') return chosen;
  if (named === undefined && (chosen === undefined || chosen === 'ndjson')) return 'raw';
  throw new TelemetryError('usage', `--raw prints bare values, which ${chosen ?? ''} does not support`, {
    remedy: 'Omit --format, or give csv or tsv, which --raw prints without a header.',
  });
}

/** Refuses `-o json`: in other programs, -o takes the name of a format. */
function refuseFormatName(out: string): void {
  const name = basename(out);
  const format = formatNamed(name, QUERY_FORMATS);
  if (format === undefined && !OTHER_FORMATS.test(name)) return;
  const meant =
    format === undefined ? `the formats are ${QUERY_FORMATS.join(', ')}` : `did you mean --format ${format}?`;
  throw new TelemetryError('usage', `--out takes a file, but ${name} is a format: ${meant}`, {
    remedy: `For a file of that name, add an extension, such as --out ${name}.${EXAMPLE_ENDING[format ?? ''] ?? 'ndjson'}.`,
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
  throw new TelemetryError('usage', `--out ${basename(out)}: no format is known for ${ending}`, {
    remedy: `Name a file that ends in one of ${known}, or give the format with --format.`,
  });
}
