/** True where a word may begin: no ASCII letter or digit precedes the offset. */
export function isWordStart(text: string, at: number): boolean {
  return at === 0 || !/[0-9A-Za-z]/.test(text[at - 1]!);
}

/** True where a word may end: no ASCII letter or digit follows. */
export function isWordEnd(text: string, at: number): boolean {
  return at >= text.length || !/[0-9A-Za-z]/.test(text[at]!);
}
