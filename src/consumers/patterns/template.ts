import { TEMPLATE_FUNCTION } from '../../query/sql/message-template.js';
import { printableText } from '../printable-text.js';

/** The text for a variable part of a template. */
const ANY = '<*>';

/** A value that {@link TEMPLATE_FUNCTION} has replaced, of any kind. */
const MASK = /<[a-z]+>/g;

/** A word of a template. */
export interface Word {
  readonly text: string;
  /** True for a word that fits only itself; in any other, `<*>` fits any mask, or alone any word. */
  readonly isExact: boolean;
}

/** The words of the messages of a pattern, as {@link TEMPLATE_FUNCTION} leaves them. */
export type Template = readonly Word[];

/** The template of one masked message alone. */
function exactTemplate(words: readonly string[]): Template {
  return words.map(text => ({ text, isExact: true }));
}

/** The words with their masks of whatever kind as `<*>`: those of `id=<hex>` and `id=<num>` are equal. */
export function kindless(word: string): string {
  return word.includes('<') ? word.replace(MASK, ANY) : word;
}

/** The narrowest template that fits all masked messages; they have the same number of words, and there is one. */
export function templateOf([first = [], ...others]: readonly (readonly string[])[]): Template {
  return others.reduce(widened, exactTemplate(first));
}

/** The narrowest template that fits what a template fits and a masked message with as many words. */
export function widened(template: Template, words: readonly string[]): Template {
  return template.map((word, at) => {
    const other = words[at]!;
    if (word.isExact ? word.text === other : word.text === ANY) return word;
    const general = kindless(word.text);
    const isMask = general.includes(ANY) && general === kindless(other);
    return { text: isMask ? general : ANY, isExact: false };
  });
}

/** True when the template fits a masked message with as many words. */
export function fits(template: Template, words: readonly string[]): boolean {
  return template.every(({ text, isExact }, at) => {
    const word = words[at]!;
    return isExact ? word === text : text === ANY || kindless(word) === text;
  });
}

/** The number of words that fit others too. */
export function variables(template: Template): number {
  return template.reduce((sum, { isExact }) => sum + (isExact ? 0 : 1), 0);
}

/** The template as people read it. */
export function templateText(template: Template): string {
  return template.map(({ text }) => text).join(' ');
}

/**
 * The condition over events that selects the messages that the template fits, but none that one of `others` fits.
 */
export function templateCondition(template: Template, others: readonly Template[] = []): string {
  return [conditionOf(template), ...others.map(other => `not ${conditionOf(other)}`)].join(' and ');
}

function conditionOf(template: Template): string {
  const call = `${TEMPLATE_FUNCTION}(message)`;
  if (template.every(({ isExact }) => isExact)) return `${call} = ${printableText(templateText(template))}`;
  return `regexp_full_match(${call}, ${printableText(template.map(wordPattern).join(' '))})`;
}

/** A word as a regular expression (RE2). */
function wordPattern({ text, isExact }: Word): string {
  if (isExact) return escaped(text);
  return text === ANY ? '[^ ]+' : text.split(ANY).map(escaped).join('<[a-z]+>');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
