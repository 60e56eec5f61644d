import { isIP } from 'node:net';

/** A host name: letters, digits, `.`, `-` and `_`, as in actual machine names. */
const NAME = /^[\p{L}\p{N}_](?:[\p{L}\p{N}._-]*[\p{L}\p{N}])?$/u;

/** A chain of hosts, as syslog-ng writes it. */
const CHAIN = /^[\p{L}\p{N}_][\p{L}\p{N}._@/-]*$/u;

const WORD = /(\S{1,255}) +/y;

/** The host in a word: a host name or an IP address, possibly in brackets; undefined for any other word. */
export function hostIn(word: string): string | undefined {
  return NAME.test(word) || isIP(word.replace(/^\[(.*)\]$/, '$1')) !== 0 ? word : undefined;
}

/**
 * Reads HOSTNAME at an offset (RFC 3164, section 4.1.2). `-` means a sender without one. Undefined when the word is not
 * a host, and so part of the text.
 * @param isBeforeTag true when a TAG begins at an offset: before one, a host may be a chain of several
 */
export function hostAt(
  text: string,
  start: number,
  isBeforeTag: (at: number) => boolean,
): { readonly host: string | undefined; readonly end: number } | undefined {
  WORD.lastIndex = start;
  const [all, word] = WORD.exec(text) ?? [];
  if (all === undefined || word === undefined) return undefined;
  const end = start + all.length;
  if (word === '-') return { host: undefined, end };
  const host = hostIn(word) ?? (CHAIN.test(word) && isBeforeTag(end) ? word : undefined);
  return host === undefined ? undefined : { host, end };
}
