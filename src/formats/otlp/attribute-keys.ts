import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../decoder.js';
import { memberKey, type Piece } from './piece.js';

/** Keys that are remembered; the next request after that learns anew. Telemetry has some hundreds. */
const MAX_KNOWN_KEYS = 4096;

/** At most a quarter full, so that a look-up ends after a step or two. */
const SLOTS = 4 * MAX_KNOWN_KEYS;

/** A longer key is data, not a name: it is written, and not remembered. */
const MAX_KNOWN_KEY_BYTES = 256;

/** Keys of one list that are not remembered, as far as it is known that they came before: more than an event has that is not too large anyway. */
const MAX_STRANGERS = 65_536;

/** The key that de-duplication goes by. */
const EVENT_ID = 'event_id';

/** Where an attribute comes from, and what its key begins with when the plain one is taken. */
export type Level = 'attributes' | 'resource' | 'scope';

/** An attribute's key, ready to be written. */
export interface AttributeKey {
  readonly utf8: Uint8Array;
  /** `,"key":` as JSON. */
  readonly member: Piece;
  /** Whether it is the key that de-duplication goes by. */
  readonly isId: boolean;
  /** Whether an event of this signal has a member of this name that is not an attribute. */
  readonly isTaken: boolean;
  /** The same for a resource's and a scope's: they say nothing of the identity of an event. */
  readonly isTakenOutside: boolean;
  /** `,"resource.key":` and the like, once they were needed. */
  readonly moved: Partial<Record<Level, Piece>>;
  /** Whether it is found again by its bytes. */
  isKnown: boolean;
  /** The known key that followed it last: records of one kind have the same keys in the same order. */
  next: AttributeKey | undefined;
  /** The last attribute list that had it, by number. */
  list: number;
  /** The last resource or scope that had it. */
  outer: number;
}

/** Finds keys by their bytes, so that most cost neither a string nor an escape. */
export interface AttributeKeys {
  /** A number that no list, resource or scope had before: keys outlive requests. */
  nextNumber(): number;
  /** Begins a list: a number for it. Of lists of the same level, the keys of the one before are looked for no more. */
  nextList(level: Level): number;
  /** Between two requests: forgets the keys when there are too many. */
  trim(): void;
  /** A key is the same each time that it is found in the lists of the three levels under way. @param before the key before it in its list @throws DecodeError `invalid_utf8` */
  find(level: Level, bytes: Uint8Array, start: number, end: number, before: AttributeKey | undefined): AttributeKey;
}

/** Creates the keys of a signal. @param taken names, in lower case, that attributes cannot have as they are */
export function attributeKeys(taken: ReadonlySet<string>): AttributeKeys {
  let slots: (AttributeKey | undefined)[] = new Array<AttributeKey | undefined>(SLOTS);
  let known = 0;
  let number = 0;
  /** What is too long or too much to be remembered, by its bytes. */
  const strangers: Readonly<Record<Level, Map<string, AttributeKey>>> = {
    attributes: new Map(),
    resource: new Map(),
    scope: new Map(),
  };

  function stranger(level: Level, bytes: Uint8Array, start: number, end: number): AttributeKey {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
    for (const known of Object.values(strangers)) {
      const key = known.get(text);
      if (key) return key;
    }
    const key = learn(bytes, start, end);
    if (strangers[level].size < MAX_STRANGERS) strangers[level].set(text, key);
    return key;
  }

  function learn(bytes: Uint8Array, start: number, end: number): AttributeKey {
    const utf8 = bytes.slice(start, end);
    if (!isUtf8(utf8)) throw new DecodeError('invalid_utf8', 'an attribute key is not valid UTF-8', { offset: start });
    const text = Buffer.from(utf8).toString();
    const isTaken = taken.has(text.toLowerCase());
    const isTakenOutside = isTaken || text === EVENT_ID;
    return {
      utf8,
      member: memberKey(text),
      isId: text === EVENT_ID,
      isTaken,
      isTakenOutside,
      moved: {},
      isKnown: false,
      next: undefined,
      list: 0,
      outer: 0,
    };
  }

  function lookUp(level: Level, bytes: Uint8Array, start: number, end: number): AttributeKey {
    let hash = 0x811c9dc5 | 0;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (let key = slots[slot]; key; key = slots[slot]) {
      if (isSame(key.utf8, bytes, start, end)) return key;
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (known >= MAX_KNOWN_KEYS) return stranger(level, bytes, start, end);
    const key = learn(bytes, start, end);
    known++;
    key.isKnown = true;
    slots[slot] = key;
    return key;
  }

  return {
    nextNumber: () => ++number,
    nextList(level) {
      if (strangers[level].size > 0) strangers[level].clear();
      return ++number;
    },
    trim() {
      for (const level of Object.values(strangers)) level.clear();
      if (known < MAX_KNOWN_KEYS) return;
      slots = new Array<AttributeKey | undefined>(SLOTS);
      known = 0;
    },
    find(level, bytes, start, end, before) {
      const expected = before?.next;
      if (expected && isSame(expected.utf8, bytes, start, end)) return expected;
      const key =
        end - start > MAX_KNOWN_KEY_BYTES ? stranger(level, bytes, start, end) : lookUp(level, bytes, start, end);
      if (before && key.isKnown) before.next = key;
      return key;
    },
  };
}

/** The same, for a key whose plain name is taken. */
export function movedKey(level: Level, { utf8, moved }: AttributeKey): Piece {
  return (moved[level] ??= memberKey(`${level}.${Buffer.from(utf8).toString()}`));
}

function isSame(utf8: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (utf8.length !== end - start) return false;
  for (let i = 0; i < utf8.length; i++) if (utf8[i] !== bytes[start + i]) return false;
  return true;
}
