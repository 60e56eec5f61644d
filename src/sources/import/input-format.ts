import { TelemetryError } from '../../core/errors.js';
import { READINGS, type Reading } from '../../core/input-format.js';
import { pathOf } from '../../formats/json/elements-at.js';
import { patternLine } from '../../formats/lines/pattern.js';
import { objectIn } from '../shared/line-shape.js';

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

/** Both ends of a Parquet file (Parquet format, "File format"). */
const PARQUET = 'PAR1';

const NEWLINE = 0x0a;

/** How JSON begins, rather than a line such as `{name} is here` or `[2026-11-20] here`. */
const OBJECT = /^\{\s*(?:["}]|$)/;
const ARRAY = /^\[\s*(?:[{["\]]|$)/;

/** What a user says of how an input is read. */
export interface AskedReading {
  /** Undefined: its name and its beginning tell. */
  readonly reading: Reading | undefined;
  /** Of `regex`. */
  readonly pattern?: string | undefined;
  /** Of `csv`: between two cells. */
  readonly delimiter?: string | undefined;
  /** Of `json`: the path to the list whose elements are the events. */
  readonly each?: string | undefined;
}

/** How an input is read. */
export interface ReadAs extends AskedReading {
  readonly reading: Reading;
}

/** Checks what can be checked before anything is read. @throws TelemetryError `usage` for a pattern or a path that is wrong. */
export function checkReading({ pattern, each }: AskedReading): void {
  if (pattern !== undefined) patternLine(pattern);
  if (each !== undefined) pathOf(each);
}

/** What of an input the choice of its type depends on. */
export interface Beginning {
  readonly name: string;
  /** Its first bytes, decompressed: a whole line, unless that is very long. */
  readonly bytes: Buffer;
  /** True for a pipe, which cannot be read a second time once its type is known. */
  readonly isPipe: boolean;
}

/**
 * The type of an input: what its name's ending says, else what it begins with. Lines, of which each is read for itself,
 * are `text`, also where they are JSON.
 * @throws TelemetryError `usage` when neither tells.
 */
export function readingOf({ name, bytes, isPipe }: Beginning): Reading {
  const [, ending = ''] = /\.([^./]+)$/.exec(name.replace(COMPRESSED, '')) ?? [];
  const lower = ending.toLowerCase();
  const named = Object.hasOwn(ENDINGS, lower) ? ENDINGS[lower] : undefined;
  if (named !== undefined && named !== 'text') return named;
  if (bytes.toString('latin1', 0, PARQUET.length) === PARQUET) return 'parquet';
  const text = bytes
    .toString()
    .replace(/^\uFEFF/, '')
    .trimStart();
  // Values over several lines, or several in one, are not lines.
  if (OBJECT.test(text)) return firstLineIsObject(text) ? 'text' : 'ndjson';
  if (named === 'text') return 'text';
  if (ARRAY.test(text)) return 'json';
  if (isPipe || bytes.length === 0 || hasObjectLine(bytes)) return 'text';
  throw new TelemetryError('usage', `cannot tell what ${name} is to be read as`, {
    remedy: `Say it with --type: ${READINGS.join(', ')}.`,
  });
}

function firstLineIsObject(text: string): boolean {
  const [line = ''] = text.split('\n', 1);
  return objectIn(Buffer.from(line), Infinity) !== undefined;
}

/** True for a text with a line that is a JSON object, such as a log behind the banner of its program. */
function hasObjectLine(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline;
    if (objectIn(bytes.subarray(at, end), Infinity)) return true;
    at = end + 1;
  }
  return false;
}
