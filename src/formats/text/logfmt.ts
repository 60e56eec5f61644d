import { isBareValueOf } from '../json/bare-value.js';
import { DecodeError } from '../decoder.js';

/** `key=value`, `key="quoted value"`, `key=` or `key`, as in Heroku's logs and go-logfmt. */
const PAIR = /([^\s="]+)(=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))?)?(?=\s|$)/y;

const SPACE = /\s*/y;

/** True for a line with at least one `key=`. */
const HAS_PAIR = /(?:^|\s)[^\s="]+=/;

/**
 * Reads a line of logfmt as a JSON object with a member a pair, duplicate keys included. A key without a value is true,
 * one with an empty value null. Undefined for a line without any `key=value`, such as a line of a stack trace.
 * @throws DecodeError `invalid_logfmt`.
 */
export function logfmtLine(line: string): string | undefined {
  if (!HAS_PAIR.test(line)) return undefined;
  const members: string[] = [];
  let at = skipSpace(line, 0);
  while (at < line.length) {
    PAIR.lastIndex = at;
    const [all = '', key = '', given, quoted, bare] = PAIR.exec(line) ?? [];
    if (all === '') throw new DecodeError('invalid_logfmt', `no key=value at character ${at + 1}`);
    members.push(`${JSON.stringify(key)}:${valueOf(key, given, quoted, bare)}`);
    at = skipSpace(line, at + all.length);
  }
  return `{${members.join(',')}}`;
}

function valueOf(key: string, given: string | undefined, quoted: string | undefined, bare: string | undefined): string {
  if (given === undefined) return 'true';
  if (quoted !== undefined) return JSON.stringify(unquoted(quoted));
  if (bare === undefined || bare === '') return 'null';
  return isBareValueOf(key, bare) ? bare : JSON.stringify(bare);
}

/** Escapes are those of JSON; any other one is literal. */
function unquoted(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, unit?: string, letter = '') =>
    unit === undefined
      ? (ESCAPES[letter as string] ?? (letter as string))
      : String.fromCharCode(Number.parseInt(unit, 16)),
  );
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

function skipSpace(line: string, from: number): number {
  SPACE.lastIndex = from;
  SPACE.exec(line);
  return SPACE.lastIndex;
}
