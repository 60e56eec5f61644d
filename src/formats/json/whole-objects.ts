import type { EventMeta, EventSink } from '../../core/event.js';
import { ENCODING } from '../../core/event.js';
import type { DecoderOptions } from '../decoder.js';
import { scanObject } from './fast-path.js';

/** The result of {@link takeWholeObjects}. */
export interface Taken {
  /** The offset of the first byte not taken. */
  readonly end: number;
  /** Newlines before it. */
  readonly lines: number;
}

/**
 * Takes the complete, ordinary objects at the start of a chunk, separated only by white space: for most POSTs that is
 * everything, and no decoder state is needed.
 */
export function takeWholeObjects(
  bytes: Uint8Array,
  sink: EventSink,
  { maxEventBytes, knownObjects }: DecoderOptions,
): Taken {
  const meta: EventMeta = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
  let pos = 0;
  let lines = 0;
  while (pos < bytes.length) {
    const c = bytes[pos]!;
    if (c === 0x0a) lines++;
    else if (c === 0x7b) {
      const end = knownObjects
        ? knownObjects.scan(bytes, pos, bytes.length, meta)
        : scanObject(bytes, pos, bytes.length, meta);
      if (end < 0 || end - pos > maxEventBytes) break;
      sink(bytes, pos, end, meta);
      pos = end;
      continue;
    } else if (c !== 0x20 && c !== 0x0d && c !== 0x09) break;
    pos++;
  }
  return { end: pos, lines };
}
