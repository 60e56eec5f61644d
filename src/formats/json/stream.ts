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

/** The beginning of an event, before there is one. Has no bytes to change. */
const NOTHING = new Uint8Array(0);

/**
 * Decodes a sequence of JSON values: newline-delimited, concatenated or pretty-printed, split anywhere. An event's
 * bytes are exactly those sent, without the surrounding white space.
 */
export function jsonStream(sink: EventSink, options: JsonStreamOptions): Decoder {
  return new JsonStream(sink, options);
}

/** See {@link jsonStream}. A class, since every POST makes one: an object costs less than functions. */
class JsonStream implements Decoder {
  readonly #sink: EventSink;
  readonly #options: JsonStreamOptions;
  /** Set once a scanner is needed. */
  #state: { readonly scanner: Scanner; readonly utf8: Utf8Guard } | undefined;
  /** The beginning of an unfinished event, and the number of these bytes in use. */
  #pending = NOTHING;
  #used = 0;
  /** The part of the stream before a scanner was needed. */
  #passedBytes = 0;
  #passedLines = 0;

  constructor(sink: EventSink, options: JsonStreamOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  write(chunk: Uint8Array): void {
    let rest = chunk;
    if (!this.#state) {
      // The scanner must see the first bracket of an array whose elements are events.
      if (isUtf8(chunk)) {
        const { end, lines } = takeWholeObjects(chunk, this.#sink, this.#options);
        this.#passedBytes += end;
        this.#passedLines += lines;
        if (end === chunk.length) return;
        rest = chunk.subarray(end);
      }
      this.#state = this.#newState();
    }
    const { scanner, utf8 } = this.#state;
    const valid = utf8.validBytes(rest);
    this.#scan(scanner, valid < rest.length ? rest.subarray(0, valid) : rest);
    if (valid < rest.length) throw invalidUtf8(scanner.place(this.#used));
  }

  end(): void {
    if (!this.#state) return;
    const { scanner, utf8 } = this.#state;
    if (!utf8.isComplete()) throw invalidUtf8(scanner.place(this.#used));
    scanner.finish(this.#pending, this.#used);
  }

  #newState(): { readonly scanner: Scanner; readonly utf8: Utf8Guard } {
    const { elements = false } = this.#options;
    const passed = { bytes: this.#passedBytes, lines: this.#passedLines };
    return { scanner: jsonScanner(this.#sink, { ...this.#options, elements, passed }), utf8: utf8Guard() };
  }

  #scan(scanner: Scanner, chunk: Uint8Array): void {
    if (this.#used > 0) this.#append(chunk);
    const bytes = this.#used > 0 ? this.#pending : chunk;
    const end = this.#used > 0 ? this.#used : chunk.length;
    const from = scanner.scan(bytes, end);
    if (from > 0 || bytes !== this.#pending) this.#keepFrom(scanner, bytes, from, end);
  }

  #keepFrom(scanner: Scanner, bytes: Uint8Array, from: number, end: number): void {
    scanner.rebase(from);
    if (bytes === this.#pending) this.#pending.copyWithin(0, from, end);
    else if (from < end) {
      this.#used = 0;
      this.#append(bytes.subarray(from, end));
      return;
    }
    this.#used = end - from;
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#used + chunk.length;
    if (needed > this.#pending.length) {
      const grown = new Uint8Array(Math.max(MIN_PENDING_BYTES, 2 * needed));
      grown.set(this.#pending.subarray(0, this.#used));
      this.#pending = grown;
    }
    this.#pending.set(chunk, this.#used);
    this.#used = needed;
  }
}
