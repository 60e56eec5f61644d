/*
 * The text format of PostgreSQL's COPY and of MySQL's exports, which `telemetry query --out x.tsv` writes: cells between
 * tabs, never quoted, with `\t`, `\n`, `\r` and `\\` escaped, and `\N` for NULL. Texts are bytes as characters (Latin-1).
 */

/** NULL in a table with tabs, whether the rest of it is escaped or not. */
export const COPY_NULL = '\\N';

const ESCAPE = /\\(.)/gs;

const ESCAPED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '\\': '\\' };

/** A cell without any backslash, or with the escapes of the format only. */
const VALID_CELL = /^(?:[^\\]|\\[tnr\\])*$/;

/** A cell in quotes as in CSV: quotes within are doubled. */
const QUOTED_CELL = /^"(?:[^"]|"")*"$/;

/** Undoes the escapes of a cell. */
export function unescaped(cell: string): string {
  return cell.includes('\\') ? cell.replace(ESCAPE, (both, c: string) => ESCAPED[c] ?? both) : cell;
}

/**
 * True for a table in this format, by its first rows. All of them must have as many cells as the header and no other
 * escapes. Then one of these decides: a header with columns that only a store of telemetry has; a column `payload` of
 * JSON; a cell `\N`, in a table whose cells are not quoted as in CSV.
 * @param beginning the first bytes of the table, which may end within a row.
 */
export function isCopyText(beginning: Buffer): boolean {
  const lines = beginning.toString('latin1').split('\n');
  // The last line may be cut off.
  if (lines.length > 1) lines.pop();
  const [header = [], ...rows] = lines.map(line => line.replace(/\r$/, '').split('\t'));
  const all = [header, ...rows];
  const isWhole = (row: readonly string[]): boolean => row.length === header.length || (row.length === 1 && !row[0]);
  if (!all.every(row => isWhole(row) && row.every(cell => cell === COPY_NULL || VALID_CELL.test(cell)))) return false;
  const payload = header.indexOf('payload');
  if (payload >= 0) return rows.every(row => row[payload] === undefined || isJsonOrNull(row[payload]));
  if (isHeaderOfStore(header)) return true;
  const quoted = all.flat().filter(cell => cell.startsWith('"'));
  const isQuoted = quoted.length > 0 && quoted.every(cell => QUOTED_CELL.test(cell));
  return !isQuoted && rows.some(row => row.includes(COPY_NULL));
}

function isHeaderOfStore(header: readonly string[]): boolean {
  const has = (name: string): boolean => header.includes(name);
  return has('stream_id') || has('insert_datetime') || (has('id') && has('received_at'));
}

function isJsonOrNull(cell: string): boolean {
  if (cell === COPY_NULL) return true;
  try {
    JSON.parse(unescaped(cell));
    return true;
  } catch {
    return false;
  }
}
