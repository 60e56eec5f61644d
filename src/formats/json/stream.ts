import { isUtf8 } from 'node:buffer';
import type { EventSink } from '../../core/event.js';
import type { Decoder, DecoderOptions } from '../decoder.js';
import { jsonScanner, type Scanner } from './scanner.js';
import { invalidUtf8, utf8Guard, type Utf8Guard } from '../utf8.js';
import { takeWholeObjects } from './whole-objects.js';

/** The smallest buffer for an event that is split across chunks. */
const MIN_PENDING_BYTES = 4096;

/** Options of {@link jsonStream}. */
export interface JsonStreamOptions extends DecoderOptions {
  /** True when each element of a top-level array is an event (`application/json`); otherwise the array is one event. */
  readonly elements?: boolean;
}

/**
 * Decodes a sequence of JSON values: newline-delimited, concatenated or pretty-printed, split anywhere. An event's
 * bytes are exactly those sent, without the surrounding white space.
 * Over 60 lines: the buffer of the unfinished event is shared state on the hot path.
 */
export function jsonStream(
  sink: EventSink,
  { maxEventBytes, mayExceed, elements = false }: JsonStreamOptions,
): Decoder {
  let state: { readonly scanner: Scanner; readonly utf8: Utf8Guard } | undefined;
  /** The beginning of an unfinished event, and the number of these bytes in use. */
  let pending = new Uint8Array(0);
  let used = 0;
  /** The part of the stream before a scanner was needed. */
  const passed = { bytes: 0, lines: 0 };

  function append(chunk: Uint8Array): void {
    if (used + chunk.length > pending.length) {
      const grown = new Uint8Array(Math.max(MIN_PENDING_BYTES, 2 * (used + chunk.length)));
      grown.set(pending.subarray(0, used));
      pending = grown;
    }
    pending.set(chunk, used);
    used += chunk.length;
  }

  function keepFrom(scanner: Scanner, bytes: Uint8Array, from: number, end: number): void {
    scanner.rebase(from);
    if (bytes === pending) pending.copyWithin(0, from, end);
    else if (from < end) {
      used = 0;
      append(bytes.subarray(from, end));
      return;
    }
    used = end - from;
  }

  function scan(scanner: Scanner, chunk: Uint8Array): void {
    if (used > 0) append(chunk);
    const bytes = used > 0 ? pending : chunk;
    const end = used > 0 ? used : chunk.length;
    const from = scanner.scan(bytes, end);
    if (from > 0 || bytes !== pending) keepFrom(scanner, bytes, from, end);
  }

  return {
    write(chunk) {
      let rest = chunk;
      if (!state) {
        // The scanner must see the first bracket of an array whose elements are events.
        const taken = isUtf8(chunk) ? takeWholeObjects(chunk, sink, maxEventBytes) : { end: 0, lines: 0 };
        passed.bytes += taken.end;
        passed.lines += taken.lines;
        if (taken.end === chunk.length) return;
        state = { scanner: jsonScanner(sink, { maxEventBytes, mayExceed, elements, passed }), utf8: utf8Guard() };
        rest = chunk.subarray(taken.end);
      }
      const { scanner, utf8 } = state;
      const valid = utf8.validBytes(rest);
      scan(scanner, valid < rest.length ? rest.subarray(0, valid) : rest);
      if (valid < rest.length) throw invalidUtf8(scanner.place(used));
    },
    end() {
      if (!state) return;
      if (!state.utf8.isComplete()) throw invalidUtf8(state.scanner.place(used));
      state.scanner.finish(pending, used);
    },
  };
}
