import { scanShape, type Span } from './scan.js';

/*
 * What a shape does not give back of an event: the text of each value that was sent another way, in the place of its slot,
 * separated by U+0001, which no JSON text has unescaped. '' is the patch of a slot that needs none.
 */
const SEPARATOR = '\u0001';

/** The patch that turns `rebuilt` into `sent`; null when the two events differ in shape. */
export function slotPatch(sent: string, rebuilt: string): string | null {
  const [wanted, given] = [spansOf(sent), spansOf(rebuilt)];
  if (wanted.length !== given.length) return null;
  let patch = '';
  let gap = '';
  for (const [i, { start, end }] of wanted.entries()) {
    const text = sent.slice(start, end);
    if (text !== rebuilt.slice(given[i]!.start, given[i]!.end)) {
      patch += gap + text;
      gap = '';
    }
    gap += SEPARATOR;
  }
  return patch;
}

/** Applies a patch of {@link slotPatch} to an event. */
export function slotPatched(rebuilt: string, patch: string): string {
  const spans = spansOf(rebuilt);
  let text = '';
  let from = 0;
  for (const [i, value] of patch.split(SEPARATOR).entries()) {
    const span = spans[i];
    if (value === '' || !span) continue;
    text += rebuilt.slice(from, span.start) + value;
    from = span.end;
  }
  return text + rebuilt.slice(from);
}

/** The arrays among the values of an event as sent, in order, each followed by U+0001. */
export function listSlices(sent: string): string {
  return spansOf(sent)
    .filter(({ kind }) => kind === 'a')
    .map(({ start, end }) => sent.slice(start, end) + SEPARATOR)
    .join('');
}

function spansOf(json: string): Span[] {
  const spans: Span[] = [];
  scanShape(json, spans);
  return spans;
}
