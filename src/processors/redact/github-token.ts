import { ALPHANUMERIC, hasTextAt, type FirstSight } from './first-sight.js';
import { findJwts } from './jwt.js';
import { merged, type Span } from './span.js';
import { isWordStart } from './word-boundary.js';

/**
 * Tokens by their prefixes, as GitHub documents them ("About authentication to GitHub"): personal (`ghp`), OAuth
 * (`gho`), app on behalf of a user (`ghu`), installation (`ghs`), refresh (`ghr`), and fine-grained. Lengths may grow.
 */
const TOKEN = /gh[pousr]_[0-9A-Za-z]{36,}|github_pat_[0-9A-Za-z_]{22,}/g;

/** The app id before an installation token that is a JWT (GitHub, 2026-04-24). */
const STATELESS = /ghs_[0-9]{1,20}_$/;
const STATELESS_PREFIX = 25;

/** Finds the tokens of GitHub in a text. */
export function findGitHubTokens(text: string): Span[] {
  const found: Span[] = [];
  if (/ghs_[0-9]{1,20}_e/.test(text)) found.push(...findStateless(text));
  for (const { 0: token, index: start } of text.matchAll(TOKEN)) {
    const end = start + token.length;
    if (isWordStart(text, start) || isChecked(token)) found.push({ start, end });
  }
  return merged(found);
}

function findStateless(text: string): Span[] {
  return findJwts(text).flatMap(({ start, end }) => {
    const prefix = STATELESS.exec(text.slice(Math.max(0, start - STATELESS_PREFIX), start));
    return prefix ? [{ start: start - prefix[0].length, end }] : [];
  });
}

const CHECKSUM_DIGITS = 6;
const CLASSIC_LENGTH = 40;

/**
 * True when the last six characters are the CRC-32 of those after the prefix, in base 62 ("Behind GitHub's new
 * authentication token formats", 2021). Applied only to matches within a word, such as in long random text: a token
 * with a typo still reveals most of the right one.
 */
function isChecked(token: string): boolean {
  const classic = token.slice(0, CLASSIC_LENGTH);
  let rest = crc32(classic.slice('ghp_'.length, -CHECKSUM_DIGITS));
  let digits = '';
  for (let i = 0; i < CHECKSUM_DIGITS; i++, rest = Math.floor(rest / ALPHANUMERIC.length))
    digits = ALPHANUMERIC[rest % ALPHANUMERIC.length]! + digits;
  return classic.endsWith(digits);
}

/** CRC-32 (ISO-HDLC, as in zlib) of an ASCII text. Node has it only from 20.15 on. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The underscore of a prefix. */
function isAfterPrefix(bytes: Uint8Array, at: number): boolean {
  const kind = bytes[at - 1];
  if (bytes[at - 2] === 0x68 && bytes[at - 3] === 0x67) {
    return kind === 0x70 || kind === 0x6f || kind === 0x75 || kind === 0x73 || kind === 0x72;
  }
  return kind === 0x62 && hasTextAt(bytes, at + 1, 'pat_');
}

/** The underscore after a prefix. */
export const gitHubTokenSight: FirstSight = { stops: [[0x5f, isAfterPrefix]] };
