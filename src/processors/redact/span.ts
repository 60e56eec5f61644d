/** A part of a text, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Sorts spans and merges overlapping ones. */
export function merged(spans: Span[]): Span[] {
  const found: { start: number; end: number }[] = [];
  for (const { start, end } of spans.sort((a, b) => a.start - b.start)) {
    const last = found.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else found.push({ start, end });
  }
  return found;
}

/** Replaces each span with `label`. Spans are in order and do not overlap. */
export function replaceSpans(text: string, spans: readonly Span[], label: string): string {
  let result = '';
  let from = 0;
  for (const { start, end } of spans) {
    result += text.slice(from, start) + label;
    from = end;
  }
  return result + text.slice(from);
}
