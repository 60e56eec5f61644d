import type { EventMeta, EventSink } from '../../core/event.js';
import { MAX_WIDE_EVENTS } from '../../core/limits.js';
import { DecodeError, tooLarge, type Decoder, type DecoderOptions } from '../decoder.js';
import { isObjectAt } from '../json/members.js';
import { jsonStream } from '../json/stream.js';

/** The result of one item of a request: stored, or refused with an error. */
export interface ItemResult {
  readonly index: number;
  readonly ok: boolean;
  readonly error?: string;
}

/** Options of {@link wideEvents}. */
export interface WideOptions extends DecoderOptions {
  /** The limit of the whole request, in bytes. */
  readonly maxRequestBytes: number;
  /** Called for each item, in order. */
  readonly onItem: (result: ItemResult, error: DecodeError | undefined) => void;
}

/**
 * Decodes wide events: an object, or an array of them. A refused item (by the sink as well) does not affect the others.
 * @throws DecodeError when the body is invalid JSON, or has too many items.
 */
export function wideEvents(sink: EventSink, { maxEventBytes, maxRequestBytes, onItem }: WideOptions): Decoder {
  let count = 0;

  function take(bytes: Uint8Array, start: number, end: number, meta: EventMeta): void {
    const index = count++;
    if (index >= MAX_WIDE_EVENTS) {
      throw new DecodeError('request_too_large', `a request has more than ${MAX_WIDE_EVENTS} events`, { index });
    }
    try {
      if (!isObjectAt(bytes, start)) throw new DecodeError('invalid_event', `event ${index} is not an object`);
      if (end - start > maxEventBytes) throw tooLarge(maxEventBytes, {});
      sink(bytes, start, end, meta);
      onItem({ index, ok: true }, undefined);
    } catch (error) {
      if (!(error instanceof DecodeError) || error.reason === 'request_too_large') throw error;
      onItem({ index, ok: false, error: error.message }, error);
    }
  }

  return jsonStream(take, { maxEventBytes: maxRequestBytes, elements: true });
}
