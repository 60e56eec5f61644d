import { ENCODING, type EventFacts } from '../../core/event.js';
import { scanObject } from './fast-path.js';
import { jsonStream } from './stream.js';

/** Reads the facts of an event whose bytes were made anew: one valid JSON value from `start` to `end`. */
export function rescan(bytes: Uint8Array, start: number, end: number, facts: EventFacts): void {
  facts.encoding = ENCODING.none;
  facts.idStart = facts.idEnd = -1;
  if (bytes[start] === 0x7b && scanObject(bytes, start, end, facts) === end) return;
  const decoder = jsonStream((_, __, ___, found) => void Object.assign(facts, found), { maxEventBytes: Infinity });
  void decoder.write(bytes.subarray(start, end));
  void decoder.end();
}
