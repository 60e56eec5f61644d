import { mix1, mix2, SHAPE_SEED_1, SHAPE_SEED_2 } from '../json/shape-hash.js';

/** Bytes of events that are written often, such as `,"body":`, with their precomputed hash. */
export interface Piece {
  readonly json: Uint8Array;
  readonly lane1: number;
  readonly lane2: number;
}

/** Makes a piece of JSON that needs no escape. */
export function pieceOf(json: Uint8Array): Piece {
  let lane1 = SHAPE_SEED_1;
  let lane2 = SHAPE_SEED_2;
  for (const byte of json) {
    lane1 = mix1(lane1, byte);
    lane2 = mix2(lane2, byte);
  }
  return { json, lane1, lane2 };
}

/** The start of a further member as JSON: `,"key":`. */
export function memberKey(name: string): Piece {
  return pieceOf(Buffer.from(`,${JSON.stringify(name)}:`));
}

/** The keys of members, encoded for output. */
export function keysOf<Name extends string>(names: readonly Name[]): Record<Name, Piece> {
  return Object.fromEntries(names.map(name => [name, memberKey(name)])) as Record<Name, Piece>;
}
