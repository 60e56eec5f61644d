import { visible } from '../visible.js';

/** Text that is HTML or SVG already. Everything else is escaped where a page takes it in. */
export class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** A value of {@link markup}: markup as it is, a text or number escaped, a list one after another, nothing for undefined. */
export type Part = Markup | string | number | undefined | readonly Part[];

/**
 * Composes HTML (the name `html` would let formatters change its white space): `` markup`<td title="${name}">${value}</td>` ``. Values are escaped for text and for attributes in double
 * quotes; they must not be put into a tag's name, an attribute without quotes, an event handler, a URL, a `style` or a
 * `script`.
 */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = strings[0]!;
  for (const [index, part] of parts.entries()) text += markupOf(part) + strings[index + 1]!;
  return new Markup(text);
}

function markupOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.toString();
  if (typeof part === 'string' || typeof part === 'number') return escapeMarkup(String(part));
  return part.map(markupOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * The text as HTML, SVG and XML show it, in text and in attributes with quotes. Control characters, which XML 1.0
 * (section 2.2) does not allow, and bidirectional ones, which reorder the text around them, become visible as on a
 * terminal; line breaks and tabs stay.
 */
export function escapeMarkup(text: string): string {
  return shownIn(text).replace(/[&<>"']/g, character => ENTITIES[character]!);
}

/** The text without characters that XML forbids or that reorder others. */
export function shownIn(text: string): string {
  return text
    .split(/(\n|\t)/)
    .map(part => (part === '\n' || part === '\t' ? part : visible(part)))
    .join('')
    .replace(/[\ufffe\uffff]/g, '\ufffd');
}

/** The characters of JSON that end a script element, begin a comment in it, or end a line of JavaScript before 2019. */
const UNSAFE_IN_SCRIPT = /[<>&\u2028\u2029]/g;

/**
 * The value as JSON within `<script type="application/json">` or JavaScript: no `<`, so that no value ends the element
 * (HTML, section 4.12.1.3, restrictions for contents of script elements).
 */
export function scriptJson(value: unknown): Markup {
  const json = JSON.stringify(value) as string | undefined;
  return new Markup(
    (json ?? 'null').replace(
      UNSAFE_IN_SCRIPT,
      character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
}
