import { quoteText } from '../store/sql/text.js';

/** Characters that act on a terminal, or that an editor may change: C0, DEL, C1, separators and bidirectional controls. */
const UNPRINTABLE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;

/**
 * A text as SQL that can be printed and pasted: `'a' || chr(10) || 'b'`. A condition in a report reproduces its events,
 * whatever is in the value.
 */
export function printableText(text: string): string {
  if (!UNPRINTABLE.test(text)) return quoteText(text);
  const parts = text.split(new RegExp(`(${UNPRINTABLE.source})`, 'u')).filter(part => part !== '');
  const terms = parts.map(part => (UNPRINTABLE.test(part) ? `chr(${part.codePointAt(0)!})` : quoteText(part)));
  return terms.length === 1 ? terms[0]! : `(${terms.join(' || ')})`;
}
