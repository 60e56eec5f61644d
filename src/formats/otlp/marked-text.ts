/*
 * JSON has neither bytes nor NaN and the infinities: they are texts. Their first character is written as an escape, which
 * no encoder of JSON does to such a character: the text is the same, and an encoder of OTLP knows what it was.
 */

/** Any escape of an ASCII character, at the start of a JSON string. */
const MARKED = /^"\\u00([\da-f]{2})([^"\\]*)"$/;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})+$|^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/;

const DOUBLES: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity']);

/** Marks a text of ASCII letters, digits, `+`, `/`, `-` and `=`. Returns the inside of a JSON string. */
export function markedText(text: string): string {
  return text === '' ? '' : `\\u00${text.charCodeAt(0).toString(16).padStart(2, '0')}${text.slice(1)}`;
}

/** The value that a marked JSON string was written for; undefined for any other string. */
export function readMarkedText(json: string): { readonly kind: 'bytes' | 'double'; readonly text: string } | undefined {
  const [, code, rest] = MARKED.exec(json) ?? [];
  if (code === undefined) return undefined;
  const text = `${String.fromCharCode(parseInt(code, 16))}${rest!}`;
  if (DOUBLES.has(text)) return { kind: 'double', text };
  return BASE64.test(text) ? { kind: 'bytes', text } : undefined;
}
