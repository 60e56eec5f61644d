import { EVENT_ID_LENGTH, isEventId } from '../../formats/json/tokens.js';
import { scalarEnd, skipSpace, stringText, valueEnd } from '../../formats/json/walk.js';
import { CARD_DIGITS, cardDigits, isCardNumber, mayBeginCard } from './credit-card.js';
import { labelOf, redactText, sightsOf, type Detector } from './detectors.js';
import { isDigit } from './first-sight.js';
import type { KeyedHash } from './keyed-hash.js';
import { namedValues } from './named-value.js';
import { patch } from './patch.js';
import { NOWHERE, step, type Paths, type Step, type Verb } from './paths.js';
import type { Redaction } from './rules.js';
import { keySearch, valueSearch } from './suspect.js';

/** The replacement for a value that --redact names by its path. */
const REDACTED = '"[redacted]"';

const CARD = JSON.stringify(labelOf('credit-card'));

/** Options of a rewriter. */
export interface RewriteOptions {
  readonly detectors: readonly Detector[];
  readonly hash: KeyedHash;
  readonly redacted: (what: Redaction, count: number) => void;
}

/** A rewriter of events, one after the other. */
export interface Rewriter {
  /**
   * Rewrites the JSON value between two offsets: values at `paths`, and findings of the detectors in strings, keys and
   * numbers. Other bytes are unchanged. Returns the new length of `bytes`; 0 when nothing was changed.
   * @param idAt the offset of the value of its event_id; -1 without
   */
  rewrite(source: Uint8Array, start: number, end: number, paths: Paths, idAt: number): number;
  /** The last rewritten value, valid until the next call. */
  readonly bytes: Uint8Array;
  /**
   * True when the last value has a key on a path, or an array that may contain one: others of its shape must be
   * checked.
   */
  readonly metPath: boolean;
  /**
   * True when every value of the last one's shape gets the same new shape: no change depended on the letters of a key
   * or on a number.
   */
  readonly isShapeTold: boolean;
  /** The offset of the event_id in `bytes`. */
  readonly idAt: number;
}

/**
 * Creates a rewriter. A top-level `event_id` is hashed instead of labelled: equal labels would make different events
 * duplicates.
 * Over 60 lines: a recursive scanner on the hot path, whose functions share one set of locals.
 */
export function rewriter({ detectors, hash, redacted }: RewriteOptions): Rewriter {
  const made = patch();
  const findsCards = detectors.includes('credit-card');
  const sights = sightsOf(detectors);
  const searchKey = keySearch(sights);
  const searchValue = valueSearch(sights);
  const named = namedValues(detectors);
  const leastNamed = named?.least ?? Infinity;
  let bytes: Uint8Array = new Uint8Array(0);
  let end = 0;
  /** The start of the event_id in the source, and in what is made of it. */
  let sourceIdAt = -1;
  let idAt = -1;
  let metPath = false;
  let isShapeTold = true;

  /** Each scanner function takes the start offset of its element and returns the end offset. */
  function value(at: number, paths: Paths): number {
    const first = bytes[at];
    if (first === 0x22) return string(at);
    if (first === 0x7b) return object(at, paths, false);
    return first === 0x5b ? array(at, paths) : scalar(at);
  }

  function array(at: number, paths: Paths): number {
    if (paths) metPath = true;
    let pos = skipSpace(bytes, at + 1);
    while (bytes[pos] !== 0x5d) {
      pos = skipSpace(bytes, value(pos, paths));
      if (bytes[pos] === 0x2c) pos = skipSpace(bytes, pos + 1);
    }
    return pos + 1;
  }

  function object(at: number, paths: Paths, isTop: boolean): number {
    const source = bytes;
    let pos = skipSpace(source, at + 1);
    let hasKept = false;
    let before = pos;
    while (source[pos] !== 0x7d) {
      const start = pos;
      const searched = searchKey(source, start);
      const keyEnd = Math.abs(searched);
      const isOdd = searched < 0;
      const taken =
        paths && (isOdd || paths.mayLead(source, start, keyEnd)) ? step(paths, source, start, keyEnd) : NOWHERE;
      pos = skipSpace(source, skipSpace(source, keyEnd) + 1);
      if (taken.verb === 'drop') {
        pos = drop(hasKept ? before : start, pos, !hasKept, isTop && isEventIdKey(start, keyEnd));
      } else {
        if (isOdd && redactString(start, keyEnd)) isShapeTold = false;
        if (isTop && isEventIdKey(start, keyEnd)) pos = eventId(pos, taken);
        else if (taken.verb !== undefined) pos = replace(pos, taken.verb);
        else if (source[pos] === 0x22) pos = string(pos, start, keyEnd);
        else if (named && isDigit(source[pos])) pos = number(pos, start, keyEnd);
        else pos = value(pos, taken.next);
        hasKept = true;
      }
      before = pos;
      pos = skipSpace(source, pos);
      if (source[pos] === 0x2c) pos = skipSpace(source, pos + 1);
    }
    return pos + 1;
  }

  /** Removes a member whose value begins at `at`, from `start` on, with the surplus comma. */
  function drop(start: number, at: number, isFirst: boolean, isEventId: boolean): number {
    metPath = true;
    if (isEventId) isShapeTold = false;
    redacted('drop', 1);
    let pos = valueEnd(bytes, at, end);
    const comma = isFirst ? skipSpace(bytes, pos) : -1;
    if (isFirst && bytes[comma] === 0x2c) pos = skipSpace(bytes, comma + 1);
    made.replace(start, pos, '');
    return pos;
  }

  function replace(start: number, verb: Verb): number {
    metPath = true;
    const pos = valueEnd(bytes, start, end);
    // Null reveals nothing and stays.
    if (bytes[start] === 0x6e) return pos;
    redacted(verb, 1);
    if (verb === 'hash') replaceByHash(start, pos);
    else made.replace(start, pos, REDACTED);
    return pos;
  }

  /** 7 and "7" have the same hash. */
  function replaceByHash(start: number, valueEnd: number): void {
    const quote = bytes[start] === 0x22 ? 1 : 0;
    const known = hash.find(bytes, start + quote, valueEnd - quote);
    if (known >= 0) {
      made.replaceWith(start, valueEnd, hash.json, known, hash.length);
      return;
    }
    const hashed = hash.of(textOf(start, valueEnd));
    hash.remember(bytes, start + quote, valueEnd - quote, hashed);
    made.replace(start, valueEnd, `"${hashed}"`);
  }

  function textOf(start: number, valueEnd: number): string {
    if (bytes[start] === 0x22) return stringText(bytes, start, valueEnd);
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, valueEnd - start).toString();
  }

  function isEventIdKey(start: number, keyEnd: number): boolean {
    return keyEnd - start === EVENT_ID_LENGTH + 2 && isEventId(bytes, start + 1);
  }

  function eventId(start: number, { verb, next }: Step): number {
    const first = bytes[start];
    if (verb === undefined && (first === 0x7b || first === 0x5b)) return value(start, next);
    const pos = valueEnd(bytes, start, end);
    if (verb !== undefined) metPath = true;
    if (first === 0x6e) return pos;
    if (verb !== undefined) redacted(verb, 1);
    else if (!isFoundIn(start, pos)) {
      if (start <= sourceIdAt && sourceIdAt < pos) idAt = made.place(sourceIdAt);
      return pos;
    }
    replaceByHash(start, pos);
    isShapeTold = false;
    return pos;
  }

  /** True when a detector finds something; counts it. */
  function isFoundIn(start: number, valueEnd: number): boolean {
    if (bytes[start] !== 0x22) return isCard(start, valueEnd);
    if (searchValue(bytes, start) >= 0) return false;
    const text = textOf(start, valueEnd);
    return redactText(text, detectors, redacted) !== text;
  }

  /** Scans a string, possibly the value of the key between two offsets. */
  function string(start: number, keyStart = -1, keyEnd = -1): number {
    const searched = searchValue(bytes, start);
    const pos = Math.abs(searched);
    if (pos - start >= leastNamed && keyStart >= 0 && isNamed(keyStart, keyEnd, start, pos, searched < 0)) return pos;
    if (searched < 0) redactString(start, pos);
    return pos;
  }

  /** Scans a number that is the value of the key between two offsets. */
  function number(start: number, keyStart: number, keyEnd: number): number {
    const pos = scalarEnd(bytes, start, end);
    if (pos - start < leastNamed || !isNamed(keyStart, keyEnd, start, pos, false)) return scalar(start, pos);
    isShapeTold = false;
    return pos;
  }

  /** Replaces a value that a detector recognizes by the name of its key; false when it does not. */
  function isNamed(keyStart: number, keyEnd: number, start: number, pos: number, isSuspect: boolean): boolean {
    const detector = named!.detectorOf(bytes, keyStart, keyEnd, start, pos, isSuspect);
    if (detector === undefined) return false;
    redacted(detector, 1);
    made.replace(start, pos, JSON.stringify(labelOf(detector)));
    return true;
  }

  function redactString(start: number, stringEnd: number): boolean {
    if (detectors.length === 0) return false;
    const text = stringText(bytes, start, stringEnd);
    const clean = redactText(text, detectors, redacted);
    if (clean === text) return false;
    made.replace(start, stringEnd, JSON.stringify(clean));
    return true;
  }

  function scalar(start: number, pos = scalarEnd(bytes, start, end)): number {
    if (findsCards && pos - start >= CARD_DIGITS.least && isCard(start, pos)) {
      made.replace(start, pos, CARD);
      isShapeTold = false;
    }
    return pos;
  }

  /** True for a card number; counts it. */
  function isCard(start: number, numberEnd: number): boolean {
    if (!findsCards || !mayBeginCard(bytes[bytes[start] === 0x2d ? start + 1 : start])) return false;
    const digits = cardDigits(
      Buffer.from(bytes.buffer, bytes.byteOffset + start, numberEnd - start).toString('latin1'),
    );
    if (!isCardNumber(digits)) return false;
    redacted('credit-card', 1);
    return true;
  }

  return {
    rewrite(source, start, sourceEnd, paths, id) {
      bytes = source;
      end = sourceEnd;
      sourceIdAt = id;
      idAt = id;
      metPath = false;
      isShapeTold = true;
      made.begin(source, start);
      if (source[start] === 0x7b) object(start, paths, true);
      else value(start, paths);
      return made.finish(sourceEnd);
    },
    get bytes() {
      return made.bytes;
    },
    get metPath() {
      return metPath;
    },
    get isShapeTold() {
      return isShapeTold;
    },
    get idAt() {
      return idAt;
    },
  };
}
