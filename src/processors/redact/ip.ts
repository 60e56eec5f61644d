import { isIPv6 } from 'node:net';
import { isDigit, isHex, isLetter, type FirstSight } from './first-sight.js';
import type { Span } from './span.js';

/** Numbers separated by dots, any count. The lookbehind avoids a retry at each digit of a long number. */
const DOTTED = /(?<!\d)\d+(?:\.\d+)+/g;

/** A colon as a URL writes it, encoded once or more. */
const ENCODED_COLON = /%(?:25)*3a/i;

/** A candidate IPv6 address with encoded colons. */
const ENCODED = /(?:[0-9a-f]{0,4}%(?:25)*3a){2,8}[0-9a-f.]*/gi;

/** Finds the IP addresses in a text, in order. */
export function findAddresses(text: string): Span[] {
  const six = text.includes(':') ? findIPv6(text) : [];
  if (ENCODED_COLON.test(text)) six.push(...findEncodedIPv6(text));
  const four = findIPv4(text).filter(({ start, end }) => !six.some(span => start < span.end && end > span.start));
  return [...six, ...four].sort((a, b) => a.start - b.start);
}

/**
 * Four numbers up to 255, with or without leading zeros; a fifth is a port, as tcpdump prints it. Longer ones and
 * versions such as `v1.2.3.4` or `Chrome/120.0.0.0` do not count.
 */
function findIPv4(text: string): Span[] {
  const found: Span[] = [];
  for (const { 0: dotted, index: start } of text.matchAll(DOTTED)) {
    const numbers = dotted.split('.');
    if (numbers.length < 4 || numbers.length > 5) continue;
    const address = numbers.slice(0, 4);
    if (!address.every(number => number.length <= 3 && Number(number) <= 255)) continue;
    const before = text.slice(Math.max(0, start - 2), start);
    if (/(?:^|[^\p{L}\p{N}])v$/iu.test(before)) continue;
    if (/[a-z]\/$/i.test(before) && address.slice(1).every(number => number === '0')) continue;
    found.push({ start, end: start + address.join('.').length });
  }
  return found;
}

/** The characters of an IPv6 address, including a dotted end (RFC 4291, section 2.2). */
const IN_IPV6 = /[0-9a-f:.]/i;

function findIPv6(text: string): Span[] {
  const found: Span[] = [];
  for (let colon = text.indexOf(':'); colon >= 0;) {
    let start = colon;
    let end = colon + 1;
    while (start > 0 && IN_IPV6.test(text[start - 1]!)) start--;
    while (end < text.length && IN_IPV6.test(text[end]!)) end++;
    const span = addressIn(text, start, end);
    if (span) found.push(span);
    colon = text.indexOf(':', end);
  }
  return found;
}

function findEncodedIPv6(text: string): Span[] {
  const found: Span[] = [];
  for (const { 0: encoded, index: start } of text.matchAll(ENCODED)) {
    const address = encoded.replace(new RegExp(ENCODED_COLON, 'gi'), ':');
    if (address !== '::' && isIPv6(address)) found.push({ start, end: start + encoded.length });
  }
  return found;
}

/** The address in a run of candidate characters, without what precedes or follows it. */
function addressIn(text: string, from: number, to: number): Span | undefined {
  if (to < text.length && /\w/.test(text[to]!)) return undefined;
  let run = text.slice(from, to);
  // The end of a word precedes, as in `interface:fe80::1`.
  if (from > 0 && /\w/.test(text[from - 1]!)) run = run.slice(run.indexOf(':'));
  run = run.replace(/^\.+/, '').replace(/^:(?!:)|^:(?=::)/, '');
  run = run.replace(/\.+$/, '').replace(/([^:]):$/, '$1');
  const start = text.indexOf(run, from);
  for (const address of [run, run.replace(/:\d+$/, ''), run.replace(/^[^:]*:(?!:)/, '')]) {
    if (address === '::' || !isIPv6(address)) continue;
    const at = run.endsWith(address) ? start + run.length - address.length : start;
    return { start: at, end: at + address.length };
  }
  return undefined;
}

/** The longest form of an IPv6 address, with a dotted end: RFC 4291, section 2.2. */
const IPV6_CHARACTERS = 45;

/** `%3A`, also encoded again. */
function isEncodedColon(bytes: Uint8Array, at: number): boolean {
  let i = at + 1;
  while (bytes[i] === 0x32 && bytes[i + 1] === 0x35) i += 2;
  return bytes[i] === 0x33 && (bytes[i + 1]! | 32) === 0x61;
}

/** The first of three dots with numbers around them; not of a browser's version, such as `Chrome/120.0.0.0`. */
function isDottedQuad(bytes: Uint8Array, at: number): boolean {
  if (!isDigit(bytes[at - 1])) return false;
  let i = at;
  let isVersion = true;
  for (let dots = 0; ; dots++) {
    if (dots === 3) return !isVersion || !isAfterProduct(bytes, at);
    if (bytes[i] !== 0x2e || !isDigit(bytes[i + 1])) return false;
    isVersion &&= bytes[i + 1] === 0x30 && !isDigit(bytes[i + 2]);
    i += 2;
    while (isDigit(bytes[i])) i++;
  }
}

/** True when the number before a dot follows a letter and a slash. */
function isAfterProduct(bytes: Uint8Array, dot: number): boolean {
  let i = dot - 1;
  while (isDigit(bytes[i])) i--;
  return bytes[i] === 0x2f && isLetter(bytes[i - 1]);
}

/** The first of two colons in a row, or of seven with hexadecimal digits between. */
function isIPv6Like(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 1] === 0x3a) return true;
  if (!isHex(bytes[at - 1])) return false;
  let colons = 1;
  for (let i = at + 1; i < at + IPV6_CHARACTERS; i++) {
    if (bytes[i] === 0x3a) {
      if (bytes[i + 1] === 0x3a || ++colons === 7) return true;
    } else if (!isHex(bytes[i]) && bytes[i] !== 0x2e) return false;
  }
  return false;
}

/** Dots and colons, also encoded ones. */
export const ipSight: FirstSight = {
  stops: [
    [0x2e, isDottedQuad],
    [0x3a, isIPv6Like],
    [0x25, isEncodedColon],
  ],
};
