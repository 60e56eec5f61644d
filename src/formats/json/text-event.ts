import { ENCODING, type EventMeta } from '../../core/event.js';
import { mix1, mix2, SHAPE, SHAPE_SEED_1, SHAPE_SEED_2, shapeHash } from './shape-hash.js';

const STRING_SHAPE = shapeHash(mix1(SHAPE_SEED_1, SHAPE.string), mix2(SHAPE_SEED_2, SHAPE.string));

/** A text message as an event: a JSON string. */
export function textEvent(text: string): { bytes: Uint8Array; meta: EventMeta } {
  return {
    bytes: Buffer.from(JSON.stringify(text)),
    meta: { shape: STRING_SHAPE, encoding: ENCODING.none, idStart: -1, idEnd: -1 },
  };
}

/** A binary message (not UTF-8) as an event: base64 in a JSON string. */
export function binaryEvent(message: Uint8Array): { bytes: Uint8Array; meta: EventMeta } {
  const base64 = Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('base64');
  return {
    bytes: Buffer.from(`"${base64}"`),
    meta: { shape: STRING_SHAPE, encoding: ENCODING.base64, idStart: -1, idEnd: -1 },
  };
}
