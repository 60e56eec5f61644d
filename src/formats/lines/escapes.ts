const ESC = '\\u001b';
const CSI = '\\u009b';

/**
 * Control sequences of ECMA-48: section 5.4 (CSI), 5.6 (strings such as a title or a link), 5.3 and ISO 2022 (the
 * others). An incomplete one at the end of the text is removed as well.
 */
const SEQUENCES = new RegExp(
  [
    `(?:${ESC}\\[|${CSI})[0-?]*[ -/]*(?:[@-~]|$)`,
    `${ESC}[\\]PX^_][^\\u0007${ESC}]*(?:\\u0007|${ESC}\\\\)`,
    `${ESC}[ -/]*[0-~]?`,
    CSI,
  ].join('|'),
  'g',
);

/** True for a text that may contain escape sequences. */
export function hasEscapes(text: string): boolean {
  return text.includes('\u001b') || text.includes('\u009b');
}

/** The text without escape sequences (ANSI X3.64, ECMA-48), as a monochrome terminal shows it. */
export function withoutEscapes(text: string): string {
  return hasEscapes(text) ? text.replace(SEQUENCES, '') : text;
}
