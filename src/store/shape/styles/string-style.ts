import { quoteText } from '../../sql/text.js';

/*
 * The way that an encoder escapes strings, against DuckDB's to_json, which escapes `"`, `\` and control characters, these in
 * upper-case hex where JSON has no short form, and nothing else. A style says what is written in place of that.
 */

/** The way an encoder escapes strings. */
export interface StringStyle {
  /** Replacements to apply in turn: text of to_json, text in the style. */
  readonly pairs: readonly (readonly [usual: string, written: string])[];
  /** The case of hex digits when all characters past ASCII are escaped as `\uXXXX`; undefined when they are not. */
  readonly ascii?: 'x' | 'X' | undefined;
}

/** Style of a slot whose strings have the style of the shape. */
export const LEARNED = '~';

/** The style of to_json. */
export const PLAIN_STRINGS: StringStyle = { pairs: [] };

/** Fingerprint about an encoder from strings that it wrote. */
export interface Learned {
  readonly pairs: ReadonlyMap<string, string>;
  readonly ascii: 'x' | 'X' | undefined;
  /** Characters that encoders treat differently, found unescaped. */
  readonly raw: ReadonlySet<string>;
  /** True when a character past ASCII was found unescaped. */
  readonly hasRaw: boolean;
}

/** Most pairs of a style. More come from data, and a `replace` for each would take longer than patching some values. */
const MAX_PAIRS = 32;

/** Characters that every encoder for HTML-safe JSON escapes together. */
const HTML = ['&', '<', '>'];

/** ASCII characters that encoders treat differently. */
const DIFFERED = /[&<>'=+/`\x7f]/g;

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|.)/g;

/** Learns from JSON texts that are or contain strings. */
export function learnStrings(texts: Iterable<string>): Learned {
  const pairs = new Map<string, string>();
  const beyond = new Map<string, string>();
  const raw = new Set<string>();
  let hasRaw = false;
  let isUpper = false;
  for (const text of texts) {
    hasRaw ||= /[^\0-\x7f]/.test(text);
    if (!text.includes('\\')) {
      for (const [char] of text.matchAll(DIFFERED)) raw.add(char);
      continue;
    }
    for (const [char] of text.replaceAll(ESCAPE, '').matchAll(DIFFERED)) raw.add(char);
    for (const [escape, hex] of text.matchAll(ESCAPE)) {
      const char = JSON.parse(`"${escape}"`) as string;
      if (hex !== undefined && /[A-F]/.test(hex)) isUpper = true;
      if (char > '\x7f') beyond.set(char, escape);
      else if (usualText(char) !== escape) pairs.set(usualText(char), escape);
    }
  }
  if (beyond.size > 0 && !hasRaw) return { pairs: withHtml(pairs, raw), ascii: isUpper ? 'X' : 'x', raw, hasRaw };
  for (const [char, escape] of beyond) if (!/[\ud800-\udfff]/.test(char)) pairs.set(char, escape);
  return { pairs: withHtml(pairs, raw), ascii: undefined, raw, hasRaw };
}

/**
 * Adds the other characters of HTML-safe JSON when one is escaped, so that a sample without them gives the same style.
 */
function withHtml(pairs: Map<string, string>, raw: ReadonlySet<string>): Map<string, string> {
  const known = HTML.map(char => pairs.get(char)).find(written => written?.startsWith('\\u') === true);
  if (known === undefined || HTML.some(char => raw.has(char))) return pairs;
  const isUpper = /[A-F]/.test(HTML.map(char => pairs.get(char) ?? '').join(''));
  for (const char of HTML) {
    const hex = char.charCodeAt(0).toString(16).padStart(4, '0');
    if (!pairs.has(char)) pairs.set(char, `\\u${isUpper ? hex.toUpperCase() : hex}`);
  }
  return pairs;
}

/** True when one encoder may have written both: neither escapes a character that the other leaves unescaped. */
export function agree(a: Learned, b: Learned): boolean {
  if (a.ascii !== b.ascii && (a.ascii !== undefined ? b : a).hasRaw) return false;
  if (a.ascii !== undefined && b.ascii !== undefined && a.ascii !== b.ascii) return false;
  const fits = (one: Learned, other: Learned): boolean =>
    [...one.pairs].every(
      ([usual, written]) => !other.raw.has(usual) && (other.pairs.get(usual) ?? written) === written,
    );
  return fits(a, b) && fits(b, a);
}

/** The evidence of two that {@link agree}, combined. */
export function together(a: Learned, b: Learned): Learned {
  return {
    pairs: new Map([...a.pairs, ...b.pairs]),
    ascii: a.ascii ?? b.ascii,
    raw: new Set([...a.raw, ...b.raw]),
    hasRaw: a.hasRaw || b.hasRaw,
  };
}

/** A style that was chosen before, as evidence. The characters that it leaves unescaped count as unknown. */
export function asLearned({ pairs, ascii }: StringStyle): Learned {
  return { pairs: new Map(pairs), ascii, raw: new Set(), hasRaw: false };
}

/** The style that fits the evidence. Its pairs are sorted, so that one encoder always gets the same style. */
export function styleOf({ pairs, ascii }: Learned): StringStyle {
  const sorted = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, MAX_PAIRS);
  return { pairs: sorted, ...(ascii !== undefined && { ascii }) };
}

/** The text that {@link stringSql} gives for the same value. */
export function stringText(value: string, style: StringStyle): string {
  return restyledText(usualString(value), style);
}

/** The text that {@link restyledSql} gives for the same JSON text. */
export function restyledText(json: string, { pairs, ascii }: StringStyle): string {
  let text = ascii === undefined ? json : escapeUnits(json, ascii);
  for (const [usual, written] of pairs) if (text.includes(usual)) text = text.replaceAll(usual, () => written);
  return text;
}

/** A string in the style of to_json. */
export function usualString(value: string): string {
  // eslint-disable-next-line no-control-regex -- these are what JSON escapes
  return `"${value.replaceAll(/["\\\0-\x1f]/g, usualText)}"`;
}

/** The escape of a character in to_json. */
function usualText(char: string): string {
  const text = JSON.stringify(char).slice(1, -1);
  return text.startsWith('\\u') ? `\\u${text.slice(2).toUpperCase()}` : text;
}

/** SQL for the JSON string of a text. */
export function stringSql(value: string, style: StringStyle): string {
  return restyledSql(`to_json(${value})::varchar`, value, style);
}

/**
 * SQL for JSON text in another style.
 * @param json SQL for text in DuckDB's style.
 * @param value SQL for a text with characters past ASCII if `json` has any.
 */
export function restyledSql(json: string, value: string, { pairs, ascii }: StringStyle): string {
  const text = ascii === undefined ? json : asciiSql(json, value, ascii);
  return pairs.reduce((sql, [usual, written]) => `replace(${sql}, ${quoteText(usual)}, ${quoteText(written)})`, text);
}

/**
 * Longer texts go to JavaScript: in a list a character takes 16 bytes, and DuckDB makes lists of up to 2048 texts at
 * once.
 */
const MAX_LISTED_BYTES = 512;

/** SQL that escapes characters past ASCII; texts without any are only tested. */
function asciiSql(json: string, value: string, hex: 'x' | 'X'): string {
  const unit = (code: string): string => `printf('\\u%04${hex}', ${code})`;
  return `case when strlen(${value}) = length(${value}) then ${json}
    when strlen(${value}) > ${MAX_LISTED_BYTES} then escape_units(${json}, '${hex}')
    else array_to_string(list_transform(string_split(${json}, ''), lambda c: case
      when strlen(c) = 1 then c when strlen(c) < 4 then ${unit('unicode(c)')}
      else ${unit('55296 + ((unicode(c) - 65536) >> 10)')} || ${unit('56320 + (unicode(c) & 1023)')} end), '') end`;
}

/** Escapes every UTF-16 unit past ASCII. */
export function escapeUnits(text: string, hex: 'x' | 'X'): string {
  let escaped = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    const digits = unit.toString(16).padStart(4, '0');
    escaped += `${text.slice(from, i)}\\u${hex === 'X' ? digits.toUpperCase() : digits}`;
    from = i + 1;
  }
  return from === 0 ? text : escaped + text.slice(from);
}
