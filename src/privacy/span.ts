/** A part of a text, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Puts `label` in the place of each span. They are in order and do not overlap. */
export function replaceSpans(text: string, spans: readonly Span[], label: string): string {
  let result = '';
  let from = 0;
  for (const { start, end } of spans) {
    result += text.slice(from, start) + label;
    from = end;
  }
  return result + text.slice(from);
}
