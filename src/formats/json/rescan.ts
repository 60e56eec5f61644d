import { ENCODING, type EventMeta } from '../../core/event.js';
import { scanObject } from './fast-path.js';
import { jsonStream } from './stream.js';

/** Reads the metadata of a rewritten event: one valid JSON value from `start` to `end`. */
export function rescan(bytes: Uint8Array, start: number, end: number, meta: EventMeta): void {
  meta.encoding = ENCODING.none;
  meta.idStart = meta.idEnd = -1;
  if (bytes[start] === 0x7b && scanObject(bytes, start, end, meta) === end) return;
  const decoder = jsonStream((_, __, ___, found) => void Object.assign(meta, found), { maxEventBytes: Infinity });
  void decoder.write(bytes.subarray(start, end));
  void decoder.end();
}
