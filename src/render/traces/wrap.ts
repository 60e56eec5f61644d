import { widthOf } from '../width.js';

/** Breaks a text into lines of a width between its words. A word that is wider is a line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(' ')) {
    const own = widthOf(word);
    if (line !== '' && used + 1 + own > width) {
      lines.push(line);
      line = '';
      used = 0;
    }
    line = line === '' ? word : `${line} ${word}`;
    used += own + (used > 0 ? 1 : 0);
  }
  return [...lines, line];
}
