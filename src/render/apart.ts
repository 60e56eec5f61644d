import { asNumber } from './visible.js';
import { isPlain, widthOf } from './width.js';

/**
 * The text as it can be shown between spaces. Some characters combine with an adjacent space (a skin tone without its
 * emoji, some vowel signs), and terminals disagree on their width: one at the start or end of the text is shown by its
 * number.
 */
export function apart(text: string): string {
  if (isPlain(text)) return text;
  let shown = text;
  if (widthOf(` ${shown}`) !== widthOf(shown) + 1) shown = shown.replace(/^./su, asNumber);
  if (widthOf(`${shown} `) !== widthOf(shown) + 1) shown = shown.replace(/.$/su, asNumber);
  return shown;
}
