import { TelemetryError } from '../core/errors.js';
import { READINGS, type Reading } from '../core/reading.js';

const ENDINGS: Readonly<Record<string, Reading>> = {
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  ldjson: 'ndjson',
  json: 'json',
  csv: 'csv',
  tsv: 'tsv',
  parquet: 'parquet',
  logfmt: 'logfmt',
  txt: 'text',
  text: 'text',
  log: 'text',
};

const COMPRESSED = /\.(gz|zst|zstd)$/i;

const OPEN_OBJECT = '{';

/**
 * What a file is read as: what its name's ending says, else what it begins with. A log of JSON lines is NDJSON.
 * @param beginning its first bytes, decompressed.
 * @throws TelemetryError `usage` when neither tells.
 */
export function readingOf(name: string, beginning: Uint8Array): Reading {
  const [, ending = ''] = /\.([^./]+)$/.exec(name.replace(COMPRESSED, '')) ?? [];
  const lower = ending.toLowerCase();
  const named = Object.hasOwn(ENDINGS, lower) ? ENDINGS[lower] : undefined;
  const first = Buffer.from(beginning)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()[0];
  if (named !== undefined && !(named === 'text' && first === OPEN_OBJECT)) return named;
  if (first === OPEN_OBJECT) return 'ndjson';
  if (first === '[') return 'json';
  throw new TelemetryError('usage', `cannot tell what ${name} is to be read as`, {
    remedy: `Say it with --type: ${READINGS.join(', ')}.`,
  });
}
