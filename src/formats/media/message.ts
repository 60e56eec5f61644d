import { isUtf8 } from 'node:buffer';
import type { EventMeta, EventSink } from '../../core/event.js';
import { DecodeError, type DecoderOptions } from '../decoder.js';
import { jsonStream } from '../json/stream.js';
import { binaryEvent, textEvent } from '../json/text-event.js';

/** Decodes a message as one event: JSON when it is one JSON value, else text, else binary (not UTF-8) as base64. */
export function decodeMessage(message: Uint8Array, sink: EventSink, options: DecoderOptions): void {
  const event = !isUtf8(message)
    ? binaryEvent(message)
    : (singleValue(message, options) ??
      textEvent(Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString()));
  sink(event.bytes, 0, event.bytes.length, event.meta);
}

/** The one JSON value that the message consists of, or undefined. */
function singleValue(message: Uint8Array, options: DecoderOptions): { bytes: Uint8Array; meta: EventMeta } | undefined {
  let found: { bytes: Uint8Array; meta: EventMeta } | undefined;
  let count = 0;
  const decoder = jsonStream((bytes, start, end, meta) => {
    // The decoder's bytes may move: a bare number is complete only at the end.
    if (++count === 1)
      found = { bytes: bytes === message ? bytes.subarray(start, end) : bytes.slice(start, end), meta: { ...meta } };
  }, options);
  try {
    void decoder.write(message);
    void decoder.end();
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
  return count === 1 ? found : undefined;
}
