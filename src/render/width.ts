import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Characters of text per character cell of a terminal past which the rest is dropped unmeasured: no script needs as many. */
const CHARACTERS_PER_CELL = 16;

/** Whether each character takes one cell of a terminal, so that `length` is the width. */
export function isPlain(text: string): boolean {
  return PRINTABLE_ASCII.test(text);
}

/** How many cells of a terminal the text takes: wide characters take two, combining ones none, colours none. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** As much of the text as can matter to the first `width` cells of a terminal. */
export function ahead(text: string, width: number): string {
  return text.length > width * CHARACTERS_PER_CELL ? text.slice(0, width * CHARACTERS_PER_CELL + 1) : text;
}

/** The text in at most `width` cells of a terminal, ending in … when it was cut. */
export function cut(text: string, width: number): string {
  if (text.length <= width && isPlain(text)) return text;
  if (width < 1) return '';
  const near = ahead(text, width);
  return isPlain(near) ? near.slice(0, width - 1) + '…' : cutStyled(near, width);
}

/** The same for a text that has colours in it, which are closed. */
export function cutStyled(text: string, width: number): string {
  // cli-truncate 5.2 keeps a wide character that begins in the last cell, so its text may be too wide.
  for (let at = width; at > 1; at--) {
    const short = cliTruncate(text, at);
    if (widthOf(short) <= width) return short;
  }
  return cliTruncate(text, Math.min(width, 1));
}

/** The text with spaces before it up to `width` cells. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** The text with spaces after it up to `width` cells. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
