import { ENCODING, type EventFacts } from '../../core/event.js';
import { mix1, mix2, SHAPE, SHAPE_SEED_1, SHAPE_SEED_2, shapeHash } from './shape-hash.js';

const STRING_SHAPE = shapeHash(mix1(SHAPE_SEED_1, SHAPE.string), mix2(SHAPE_SEED_2, SHAPE.string));

/** A text message as an event: a JSON string. */
export function textEvent(text: string): { bytes: Uint8Array; facts: EventFacts } {
  return {
    bytes: Buffer.from(JSON.stringify(text)),
    facts: { shape: STRING_SHAPE, encoding: ENCODING.none, idStart: -1, idEnd: -1 },
  };
}

/** A binary message that is no UTF-8 as an event: base64 in a JSON string. */
export function binaryEvent(message: Uint8Array): { bytes: Uint8Array; facts: EventFacts } {
  const base64 = Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('base64');
  return {
    bytes: Buffer.from(`"${base64}"`),
    facts: { shape: STRING_SHAPE, encoding: ENCODING.base64, idStart: -1, idEnd: -1 },
  };
}
