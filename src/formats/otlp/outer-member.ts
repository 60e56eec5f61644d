import { type AttributeKey } from './attribute-keys.js';
import { type Piece } from './piece.js';

/** The members that a resource or a scope adds to each of its events. */
export interface Outer {
  /** Members that are not attributes, as JSON. */
  readonly fixed: Uint8Array;
  readonly attributes: readonly OuterMember[];
}

/** An attribute of a resource or scope, as a member of events. */
export interface OuterMember {
  readonly key: AttributeKey;
  /** With its plain key, or with the moved one when the event has an attribute of that key. */
  readonly plain: Piece;
  readonly moved: Piece;
}
