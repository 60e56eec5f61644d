import { DecodeError } from '../decoder.js';

/**
 * A line of the common or combined log format, as documented for Apache's mod_log_config and written by nginx by
 * default: `host ident user [date] "request" status bytes "referer" "user agent"`. A virtual host may precede it, and
 * further configured fields, quoted or not, may follow.
 */
const LINE =
  /^(?:(\S+:\d+) )?(\S+) (\S+) (.+?) \[(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}(?:\.\d+)?) ([+-]\d{2})(\d{2})\] "((?:[^"\\]|\\.)*)" (\d{3}|-) (\d+|-)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?(?: (.*))?$/;

const REQUEST = /^(\S+) (\S+)(?: (HTTP\/\S+))?$/;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Reads a line of an access log as an event of type log. Decodes the server's escapes (`\x22`, `\"`).
 * @throws DecodeError `invalid_line` for any other line.
 */
export function accessLogLine(line: string): string {
  const found = LINE.exec(line);
  const month = MONTHS.indexOf(found?.[6] ?? '') + 1;
  if (!found || month === 0) {
    throw new DecodeError('invalid_line', 'it is not a line of an access log (common or combined log format)');
  }
  const [, vhost, host, ident, user, day, , year, clock, hours, minutes, quoted, status, bytes, referer, agent, rest] =
    found;
  const request = plain(quoted);
  const [, method, path, protocol] = REQUEST.exec(request ?? '') ?? [];
  return JSON.stringify({
    time: `${year}-${String(month).padStart(2, '0')}-${day}T${clock}${hours}:${minutes}`,
    type: 'log',
    remote_addr: host,
    ident: plain(ident),
    remote_user: plain(user),
    method,
    path,
    protocol,
    status: count(status),
    bytes: count(bytes),
    referer: plain(referer),
    user_agent: plain(agent),
    virtual_host: vhost,
    extra: rest === '' ? undefined : rest,
    msg: request ?? '-',
  });
}

/** A field; undefined for the `-` of an absent one. */
function plain(field: string | undefined): string | undefined {
  if (field === undefined || field === '-') return undefined;
  if (!field.includes('\\')) return field;
  if (!/\\x[89a-fA-F]/.test(field))
    return field.replace(ESCAPE, (_, hex?: string, letter = '') => unescape(hex, letter as string));
  // Bytes beyond ASCII are usually UTF-8.
  const bytes = Buffer.from(field)
    .toString('latin1')
    .replace(ESCAPE, (_, hex?: string, letter = '') => unescape(hex, letter as string));
  return Buffer.from(bytes, 'latin1').toString();
}

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|(.))/g;

const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' };

function unescape(hex: string | undefined, letter: string): string {
  return hex === undefined ? (LETTERS[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16));
}

function count(field: string | undefined): number | undefined {
  return field === undefined || field === '-' ? undefined : Number(field);
}
