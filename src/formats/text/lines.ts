import type { EventSink } from '../../core/event.js';
import { tooLarge, type Decoder, type DecoderOptions } from '../decoder.js';
import { textEvent } from '../json/text-event.js';
import { invalidUtf8, utf8Guard } from '../utf8.js';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Decodes `text/plain`: each line, without its line ending, is a text event. The last one needs no line ending. */
export function textLines(sink: EventSink, { maxEventBytes }: DecoderOptions): Decoder {
  const utf8 = utf8Guard();
  /** The chunks of an unfinished line. */
  let parts: Uint8Array[] = [];
  let partsBytes = 0;
  let line = 1;
  let offset = 0;

  function hold(part: Uint8Array): void {
    parts.push(part);
    partsBytes += part.length;
    // One more byte may be the first half of a line ending.
    if (partsBytes > maxEventBytes + 1) throw tooLarge(maxEventBytes, { line, offset });
  }

  function emit(): void {
    const bytes = Buffer.concat(parts, partsBytes);
    const end = bytes[bytes.length - 1] === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
    if (end > maxEventBytes) throw tooLarge(maxEventBytes, { line, offset });
    const event = textEvent(bytes.toString('utf8', 0, end));
    sink(event.bytes, 0, event.bytes.length, event.meta);
    parts = [];
    partsBytes = 0;
  }

  return {
    write(chunk) {
      const valid = utf8.validBytes(chunk);
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0 && at < valid; at = chunk.indexOf(NEWLINE, start)) {
        hold(chunk.subarray(start, at));
        emit();
        line++;
        start = at + 1;
      }
      if (valid < chunk.length) throw invalidUtf8({ line, offset: offset + valid });
      if (start < chunk.length) hold(chunk.slice(start));
      offset += chunk.length;
    },
    end() {
      if (!utf8.isComplete()) throw invalidUtf8({ line, offset });
      if (partsBytes > 0) emit();
    },
  };
}
