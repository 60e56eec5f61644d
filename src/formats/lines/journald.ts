import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../decoder.js';

/** `journalctl -o json-seq` puts it before each entry (RFC 7464). */
const RECORD_SEPARATOR = 0x1e;

/** Levels by PRIORITY, which has the severities of syslog (systemd.journal-fields(7); RFC 5424, table 2). */
const LEVELS = ['FATAL', 'FATAL', 'FATAL', 'ERROR', 'WARN', 'INFO', 'INFO', 'DEBUG'];

type Entry = Record<string, unknown>;

/**
 * Reads an entry of `journalctl -o json`: all fields, preceded by time, type, level, service and host. A binary field
 * is a list of numbers there; here it is text, or base64 when it is not UTF-8. Source: systemd, "Journal JSON Format"
 * in docs/JOURNAL_EXPORT_FORMATS.md.
 * @throws DecodeError `invalid_line`.
 */
export function journaldLine(line: Buffer): string {
  const entry = entryIn(line[0] === RECORD_SEPARATOR ? line.subarray(1) : line);
  if (!entry) throw new DecodeError('invalid_line', 'it is not an entry of journalctl -o json');
  const fields = Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, fieldValue(value)]));
  const added: Entry = {
    time: timeOf(fields.__REALTIME_TIMESTAMP),
    type: 'log',
    level: LEVELS[Number(fields.PRIORITY ?? NaN)],
    service:
      text(fields.SYSLOG_IDENTIFIER) ?? text(fields._SYSTEMD_UNIT)?.replace(/\.service$/, '') ?? text(fields._COMM),
    host: text(fields._HOSTNAME),
  };
  // A service may send fields of any name.
  for (const key of Object.keys(added)) if (key.toUpperCase() in fields) added[key] = undefined;
  return JSON.stringify({ ...added, ...fields });
}

function entryIn(line: Buffer): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line.toString());
    const isEntry = typeof value === 'object' && value !== null && !Array.isArray(value);
    const entry = isEntry ? (value as Entry) : {};
    return '__REALTIME_TIMESTAMP' in entry || '__CURSOR' in entry || 'MESSAGE' in entry ? entry : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A repeated field is a list of values. */
function fieldValue(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const items = value as unknown[];
  if (items.length > 0 && items.every(isByte)) return bytesAsText(Buffer.from(items));
  return items.map(fieldValue);
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
}

function bytesAsText(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString() : bytes.toString('base64');
}

/** Converts microseconds since 1970 to ISO 8601. */
function timeOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\d{6,18}$/.test(value)) return undefined;
  const seconds = new Date(Number(value.slice(0, -6)) * 1000);
  return seconds.toISOString().replace('.000Z', `.${value.slice(-6)}Z`);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
