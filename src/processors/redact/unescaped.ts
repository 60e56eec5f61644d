import type { Span } from './span.js';

/**
 * The escapes of a character within a text: percent-encoding (RFC 3986, section 2.1), JSON (RFC 8259, section 7) or
 * HTML, each possibly nested, and the colours of a terminal (ECMA-48, 8.3.117).
 */
const ESCAPES =
  // eslint-disable-next-line no-control-regex -- the colours of a terminal begin with one
  /((?:%(?:25)*[89A-Fa-f][0-9A-Fa-f])+)|%(?:25)*([0-7][0-9A-Fa-f])|(?<!\\)\\+(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([abfnrtv"'/]))|&(?:amp;)*#(?:(\d{1,6})|[xX]([0-9A-Fa-f]{1,5}));|&(?:amp;)*(nbsp|amp|quot|lt|gt);|\u001b\[[\d;]*m/g;

/** The first characters of all escapes. */
const MARKS = ['%', '\\', '&', '\u001b'];

/** A character that no detector looks for. */
const CONTROL = '\u0000';

const NAMED: Readonly<Record<string, string>> = {
  nbsp: '\u00a0',
  amp: '&',
  quot: '"',
  lt: '<',
  gt: '>',
  '"': '"',
  "'": "'",
  '/': '/',
};

/** A text without its escapes, with a map to the original offsets. */
export interface Unescaped {
  readonly text: string;
  /** Maps a span of `text` to the original text. */
  readonly original: (span: Span) => Span;
  /** True for a span of the original text that begins or ends within an escape, which would leave half of it. */
  readonly cutsEscape: (span: Span) => boolean;
}

/** Returns the text with its escapes decoded; undefined without an escape. */
export function unescaped(text: string): Unescaped | undefined {
  if (!MARKS.some(mark => text.includes(mark))) return undefined;
  let result = '';
  let from = 0;
  /** The start and end of each escape, in `result` and in `text`. */
  const marks: Mark[] = [];
  for (const match of text.matchAll(ESCAPES)) {
    result += text.slice(from, match.index);
    marks.push({ at: result.length, original: match.index });
    result += characterOf(match);
    from = match.index + match[0].length;
    marks.push({ at: result.length, original: from });
  }
  if (from === 0) return undefined;
  result += text.slice(from);
  const originalOf = (offset: number): number => {
    const last = marks[lastIndex(marks, ({ at }) => at <= offset)];
    return last ? last.original + offset - last.at : offset;
  };
  const isWithin = (offset: number): boolean => {
    const last = lastIndex(marks, ({ original }) => original <= offset);
    return last >= 0 && last % 2 === 0 && marks[last]!.original < offset;
  };
  return {
    text: result,
    original: ({ start, end }) => ({ start: originalOf(start), end: originalOf(end) }),
    cutsEscape: ({ start, end }) => isWithin(start) || isWithin(end),
  };
}

interface Mark {
  readonly at: number;
  readonly original: number;
}

/** The characters that an escape encodes. */
function characterOf([
  escape,
  utf8,
  percent,
  unicode,
  hex,
  letter,
  decimal,
  hexadecimal,
  name,
]: RegExpExecArray): string {
  if (utf8 !== undefined) return Buffer.from(utf8.replaceAll(/%(?:25)*/g, ''), 'hex').toString();
  const code = percent ?? unicode ?? hex ?? hexadecimal;
  if (code !== undefined) return codePoint(parseInt(code, 16));
  if (decimal !== undefined) return codePoint(Number(decimal));
  if (name !== undefined) return NAMED[name]!;
  if (letter === undefined || escape.startsWith('\u001b')) return CONTROL;
  return NAMED[letter] ?? (letter === 't' ? '\t' : '\n');
}

function codePoint(code: number): string {
  return code > 0x10ffff ? CONTROL : String.fromCodePoint(code);
}

/** The index of the last mark that passes a test, which all before it pass; -1 when no mark does. */
function lastIndex(marks: readonly Mark[], holds: (mark: Mark) => boolean): number {
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(marks[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
