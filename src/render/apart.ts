import { asNumber } from './visible.js';
import { isPlain, widthOf } from './width.js';

/**
 * The text as it can stand between spaces. A few characters join a space beside them (a skin tone without its emoji, some
 * vowel signs), so that text and space take fewer cells together than apart, and each terminal counts them differently:
 * where the text begins or ends with one, it is shown by its number.
 */
export function apart(text: string): string {
  if (isPlain(text)) return text;
  let shown = text;
  if (widthOf(` ${shown}`) !== widthOf(shown) + 1) shown = shown.replace(/^./su, asNumber);
  if (widthOf(`${shown} `) !== widthOf(shown) + 1) shown = shown.replace(/.$/su, asNumber);
  return shown;
}
