import { type AttributeKey } from './attribute-keys.js';
import { type Piece } from './piece.js';

/** What a resource or a scope gives to each of its events. */
export interface Outer {
  /** Members that are no attributes, as JSON. */
  readonly fixed: Uint8Array;
  readonly attributes: readonly OuterMember[];
}

/** An attribute of a resource or scope, as the members of events that it becomes. */
export interface OuterMember {
  readonly key: AttributeKey;
  /** With its plain key, or with the other one where the event has an attribute of that key. */
  readonly plain: Piece;
  readonly moved: Piece;
}
