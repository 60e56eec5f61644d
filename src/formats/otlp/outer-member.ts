import { type AttributeKey } from './attribute-keys.js';
import { type Piece } from './piece.js';

/** An attribute of a resource or scope, as the members of events that it becomes. */
export interface OuterMember {
  readonly key: AttributeKey;
  /** With its plain key, or with the other one where the event has an attribute of that key. */
  readonly plain: Piece;
  readonly moved: Piece;
}
