/*
 * The function with the look-ups is over 60 lines long: they run for each attribute of each record, and share the cache
 * and its numbers as local variables.
 */
import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../decoder.js';
import { memberKey, type Piece } from './piece.js';

/** Limit of cached keys; when full, the next request starts with an empty cache. Telemetry has some hundreds. */
const MAX_KNOWN_KEYS = 4096;

/** At most a quarter full, so that a look-up ends after a step or two. */
const SLOTS = 4 * MAX_KNOWN_KEYS;

/** A longer key is data, not a name: it is written, but not cached. */
const MAX_KNOWN_KEY_BYTES = 256;

/** Limit of uncached keys tracked per list, to detect repeats: more than fit into an event of the maximum size. */
const MAX_STRANGERS = 65_536;

/** The key that de-duplication uses. */
const EVENT_ID = 'event_id';

/** The origin of an attribute, and the prefix of its key when the plain one is taken. */
export type Level = 'attributes' | 'resource' | 'scope';

/** An attribute's key, encoded for output. */
export interface AttributeKey {
  readonly utf8: Uint8Array;
  /** `,"key":` as JSON. */
  readonly member: Piece;
  /** True for the key that de-duplication uses. */
  readonly isId: boolean;
  /** True when an event of this signal has a member of this name that is not an attribute. */
  readonly isTaken: boolean;
  /** True when a resource or scope cannot use the key: they do not identify an event. */
  readonly isTakenOutside: boolean;
  /** `,"resource.key":` and the like, created on demand. */
  readonly moved: Partial<Record<Level, Piece>>;
  /** True when it can be looked up by its bytes. */
  isKnown: boolean;
  /** The cached key that last followed it: records of one kind have the same keys in the same order. */
  next: AttributeKey | undefined;
  /** The number of the last attribute list that had it. */
  list: number;
  /** The number of the last resource or scope that had it. */
  outer: number;
}

/** Looks up keys by their bytes, so that most need neither a string nor escaping. */
export interface AttributeKeys {
  /** A number that no earlier list, resource or scope had: keys outlive requests. */
  nextNumber(): number;
  /** Begins a list and returns its number. The keys of the previous list of the level are no longer valid. */
  nextList(level: Level): number;
  /** Clears the cache between two requests, when it is full. */
  trim(): void;
  /**
   * A key is the same object each time that it is found in the current lists of the three levels.
   * @param before the key before it in its list
   * @throws DecodeError `invalid_utf8`
   */
  find(level: Level, bytes: Uint8Array, start: number, end: number, before: AttributeKey | undefined): AttributeKey;
}

/**
 * Creates the keys of a signal. @param taken lower-case names that attributes cannot have unprefixed
 */
// eslint-disable-next-line max-lines-per-function -- closures over one cache, called for each attribute
export function attributeKeys(taken: ReadonlySet<string>): AttributeKeys {
  let slots: (AttributeKey | undefined)[] = new Array<AttributeKey | undefined>(SLOTS);
  let known = 0;
  let number = 0;
  /** Keys that are too long or too many for the cache, by their bytes. */
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

/** The member of a key whose plain name is taken. */
export function movedKey(level: Level, { utf8, moved }: AttributeKey): Piece {
  return (moved[level] ??= memberKey(`${level}.${Buffer.from(utf8).toString()}`));
}

function isSame(utf8: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (utf8.length !== end - start) return false;
  for (let i = 0; i < utf8.length; i++) if (utf8[i] !== bytes[start + i]) return false;
  return true;
}
