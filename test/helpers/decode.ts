import type { EventMeta, EventSink } from '../../src/core/event.js';
import { DecodeError, type Decoder } from '../../src/formats/decoder.js';

/** An event that a decoder handed out, and the text of its id. */
export interface DecodedEvent {
  readonly text: string;
  readonly facts: EventMeta;
  readonly id: string | undefined;
}

/** What came out of a decoder, and what it refused. */
export interface Decoded {
  readonly events: readonly DecodedEvent[];
  readonly error: DecodeError | undefined;
}

/** Feeds chunks to a decoder; an error that is not a DecodeError is thrown. */
export async function decode(make: (sink: EventSink) => Decoder, chunks: readonly Uint8Array[]): Promise<Decoded> {
  const events: DecodedEvent[] = [];
  const text = (bytes: Uint8Array, start: number, end: number): string =>
    Buffer.from(bytes.subarray(start, end)).toString();
  try {
    const decoder = make((bytes, start, end, facts) => {
      const { idStart, idEnd } = facts;
      const id = idStart < 0 ? undefined : text(bytes, start + idStart, start + idEnd);
      events.push({ text: text(bytes, start, end), facts: { ...facts }, id });
    });
    for (const chunk of chunks) await decoder.write(chunk);
    await decoder.end();
    return { events, error: undefined };
  } catch (error) {
    if (error instanceof DecodeError) return { events, error };
    throw error;
  }
}

/** The texts of the events in `body`, decoded as one chunk. */
export async function decodeText(
  make: (sink: EventSink) => Decoder,
  body: string,
): Promise<Decoded & { texts: string[] }> {
  const decoded = await decode(make, [Buffer.from(body)]);
  return { ...decoded, texts: decoded.events.map(({ text }) => text) };
}
