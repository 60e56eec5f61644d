import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Characters of text per terminal cell; the rest is dropped unmeasured. No script needs more. */
const CHARACTERS_PER_CELL = 16;

/** True when each character takes one terminal cell, so that `length` is the width. */
export function isPlain(text: string): boolean {
  return PRINTABLE_ASCII.test(text);
}

/** The width of the text in terminal cells: wide characters take two, combining ones and colours none. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The part of the text that can affect the first `width` terminal cells. */
export function ahead(text: string, width: number): string {
  return text.length > width * CHARACTERS_PER_CELL ? text.slice(0, width * CHARACTERS_PER_CELL + 1) : text;
}

/** The text in at most `width` terminal cells, ending in … when it was cut. */
export function cut(text: string, width: number): string {
  if (text.length <= width && isPlain(text)) return text;
  if (width < 1) return '';
  const near = ahead(text, width);
  return isPlain(near) ? near.slice(0, width - 1) + '…' : cutStyled(near, width);
}

/**
 * The text in at most `width` terminal cells. When it was cut, … is after the first quarter: the end of a path tells more
 * than its beginning.
 */
export function cutMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const quarter = text.slice(0, Math.floor((width - 1) / 4));
  const head = isPlain(quarter) ? quarter : '';
  return head + cutStyled(text.slice(head.length), width - head.length, 'start');
}

/** As {@link cut}, for a text with colours, which are closed. */
export function cutStyled(text: string, width: number, position: 'end' | 'start' = 'end'): string {
  // cli-truncate 5.2 keeps a wide character that begins in the last cell, so its text may be too wide.
  for (let at = width; at > 1; at--) {
    const short = cliTruncate(text, at, { position });
    if (widthOf(short) <= width) return short;
  }
  return cliTruncate(text, Math.min(width, 1));
}

/** The text padded with spaces on the left to `width` cells. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** The text padded with spaces on the right to `width` cells. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
