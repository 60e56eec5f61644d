import { ScannedEvent } from './scan.js';

/*
 * The parts of an event that its shape does not restore: for each slot the text of a value that was sent in another style,
 * else '', separated by U+0001, which no JSON text has unescaped.
 */
const SEPARATOR = '\u0001';

/** The patch that turns `rebuilt` into `sent`; null when the two events differ in shape. */
export function slotPatch(sent: string, rebuilt: string): string | null {
  const [wanted, given] = [new ScannedEvent(sent), new ScannedEvent(rebuilt)];
  if (wanted.count !== given.count) return null;
  let patch = '';
  let gap = '';
  for (let i = 0; i < wanted.count; i++) {
    const text = wanted.value(i);
    if (text !== given.value(i)) {
      patch += gap + text;
      gap = '';
    }
    gap += SEPARATOR;
  }
  return patch;
}

/** Applies a patch of {@link slotPatch} to an event. */
export function slotPatched(rebuilt: string, patch: string): string {
  const event = new ScannedEvent(rebuilt);
  const values = patch.split(SEPARATOR);
  let text = '';
  for (let i = 0; i < event.count; i++) {
    const value = values[i] ?? '';
    text += event.literal(i) + (value === '' ? event.value(i) : value);
  }
  return text + event.literal(event.count);
}

/** The arrays among the values of an event as sent, in order, each followed by U+0001. */
export function listSlices(sent: string): string {
  const event = new ScannedEvent(sent);
  let text = '';
  for (let i = 0; i < event.count; i++) if (event.kind(i) === 'a') text += event.value(i) + SEPARATOR;
  return text;
}
