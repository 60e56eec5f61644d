import { ALPHANUMERIC, byteClass, hasTextAt, someRun, type FirstSight } from './first-sight.js';
import { merged, type Span } from './span.js';
import type { ValueByName } from './value-by-name.js';
import { isWordEnd, isWordStart } from './word-boundary.js';

/** An access key id: the kinds of id that are credentials (IAM User Guide, "IAM identifiers"), and 16 more characters. */
const ID = /A(?:KI|SI|BI|CC)A[0-9A-Z]{16}/g;

/** A secret access key is base64 of 40 characters. */
const SECRET = '[0-9A-Za-z/+]{40}(?![0-9A-Za-z/+=])';

/** A session token is base64 of several hundred characters; its length is not documented. */
const TOKEN = '[0-9A-Za-z/+=]{100,}';

/** Names of a secret, as the SDKs, the command line and its output spell them: `aws_secret_access_key`, `SecretAccessKey`, `AWSSecretKey`. */
const SECRET_NAME = 'secret[_. -]?(?:access[_. -]?)?key';

/** Names of a session token: `aws_session_token`, `SessionToken`, `X-Amz-Security-Token`. */
const TOKEN_NAME = 'session[_. -]?token|a(?:mz|ws)[_. -]?security[_. -]?token';

/**
 * The characters between a name and its value: quotes, colons, tags, and the old value shown by the prompt of `aws
 * configure`.
 */
const BETWEEN = '(?: ?\\[[^\\]]{0,20}\\])?[^0-9A-Za-z/+]{1,12}';

const NAMED = new RegExp(`(?:(?:${SECRET_NAME})${BETWEEN}(${SECRET})|(?:${TOKEN_NAME})${BETWEEN}(${TOKEN}))`, 'gi');

/** A secret after an id and one or two separators, as in a line of CSV or `id:secret`. */
const AFTER_ID = new RegExp(`^[\\s,;:|"'/]{1,4}(?![0-9a-f]{40})(${SECRET})`);

/** The separators, a secret, and the character after it. */
const AFTER_ID_CHARACTERS = 48;

/**
 * Finds the access keys of AWS in a text: ids by their form; secrets and session tokens, which have no fixed form,
 * after their name or an id.
 */
export function findAwsKeys(text: string): Span[] {
  const found: Span[] = [];
  for (const { 0: id, index: start } of text.matchAll(ID)) {
    const end = start + id.length;
    if (!isWordEnd(text, end) || !isWordStart(text, start)) continue;
    found.push({ start, end });
    const secret = AFTER_ID.exec(text.slice(end, end + AFTER_ID_CHARACTERS));
    if (secret) found.push(valueOf(secret, end));
  }
  for (const match of text.matchAll(NAMED)) found.push(valueOf(match, match.index));
  return merged(found);
}

/** The value that a match ends with. */
function valueOf([all, secret, token]: RegExpExecArray, at: number): Span {
  const end = at + all.length;
  return { start: end - (secret ?? token)!.length, end };
}

/** The first letter of an id. */
function isId(bytes: Uint8Array, at: number): boolean {
  return ['KIA', 'SIA', 'BIA', 'CCA'].some(rest => hasTextAt(bytes, at + 1, rest));
}

/** The bytes of a secret, escaped or not. */
const IN_SECRET = byteClass(`${ALPHANUMERIC}/+=\\%`);
const MIN_SECRET = 40;

/** The longest name with the characters between it and the value. */
const NAME_BYTES = 96;

/**
 * True when the name of a secret or a token may precede or start a run of such bytes: `key=` consists of the same
 * bytes.
 */
function isNamed(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = Math.max(0, from - NAME_BYTES); i < to - MIN_SECRET; i++) {
    const c = bytes[i]! | 32;
    if (c !== 0x72 && c !== 0x6b) continue;
    const next = bytes[i + 1]! | 32;
    if (next === 0x65 && (bytes[i + 2]! | 32) === (c === 0x72 ? 0x74 : 0x6e)) return true;
  }
  return false;
}

/** Ids by their first letters; long runs of base64 after a name. */
export const awsKeySight: FirstSight = {
  stops: [[0x41, isId]],
  scan: {
    least: MIN_SECRET + 'secretkey='.length,
    test: (bytes, start, end) => someRun(bytes, start, end, IN_SECRET, MIN_SECRET, isNamed),
  },
};

/** True for base64 alone. */
function isBase64(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (IN_SECRET[bytes[i]!] === 0) return false;
  return true;
}

const WHOLE = new RegExp(`^(?:${SECRET}|${TOKEN})$`);
const ENDS_AS_NAME = new RegExp(`(?:${SECRET_NAME}|${TOKEN_NAME})$`, 'i');

/** Secrets and session tokens that are the values of keys named so. */
export const AWS_KEYS_BY_NAME: ValueByName = {
  least: MIN_SECRET,
  mayBe: isBase64,
  isName: key => ENDS_AS_NAME.test(key),
  isValue: value => WHOLE.test(value),
};
