import type { EventMeta } from '../../core/event.js';
import { DecodeError } from '../decoder.js';
import { jsonStream } from './stream.js';

/** The metadata of a text that a receiver accepts as one event; undefined for any other text. */
export function oneValue(text: Uint8Array, maxEventBytes: number): EventMeta | undefined {
  let values = 0;
  let meta: EventMeta | undefined;
  const decoder = jsonStream(
    (_, __, ___, found) => {
      values++;
      meta = { ...found };
    },
    { maxEventBytes },
  );
  try {
    void decoder.write(text);
    void decoder.end();
    return values === 1 ? meta : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
