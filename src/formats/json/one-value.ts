import type { EventFacts } from '../../core/event.js';
import { DecodeError } from '../decoder.js';
import { jsonStream } from './stream.js';

/** The facts of a text that a receiver takes as one event; undefined for any other text. */
export function oneValue(text: Uint8Array, maxEventBytes: number): EventFacts | undefined {
  let values = 0;
  let facts: EventFacts | undefined;
  const decoder = jsonStream(
    (_, __, ___, found) => {
      values++;
      facts = { ...found };
    },
    { maxEventBytes },
  );
  try {
    void decoder.write(text);
    void decoder.end();
    return values === 1 ? facts : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
