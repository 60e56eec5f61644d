import { EVENT_ID_LENGTH, isEventId } from '../../formats/json/tokens.js';
import { scalarEnd, skipSpace, stringText, valueEnd } from '../../formats/json/walk.js';
import { CARD_DIGITS, cardDigits, isCardNumber, mayBeginCard } from './credit-card.js';
import { labelOf, redactText, sightsOf, type Detector } from './detectors.js';
import { isDigit } from './first-sight.js';
import type { KeyedHash } from './keyed-hash.js';
import { namedValues, type NamedValues } from './named-value.js';
import { patch } from './patch.js';
import { NOWHERE, step, type Paths, type Step, type Verb } from './paths.js';
import type { Redaction } from './rules.js';
import { keySearch, valueSearch, type StringSearch } from './suspect.js';

/** The replacement for a value that --redact names by its path. */
const REDACTED = '"[redacted]"';

const CARD = JSON.stringify(labelOf('credit-card'));

/** Options of a rewriter. */
export interface RewriteOptions {
  readonly detectors: readonly Detector[];
  readonly hash: KeyedHash;
  readonly redacted: (what: Redaction, count: number) => void;
}

/**
 * A rewriter of events, one after the other. It hashes a top-level `event_id` instead of labelling it: equal labels
 * would make different events duplicates.
 */
export class Rewriter {
  readonly #detectors: readonly Detector[];
  readonly #hash: KeyedHash;
  readonly #redacted: RewriteOptions['redacted'];
  readonly #made = patch();
  readonly #findsCards: boolean;
  readonly #searchKey: StringSearch;
  readonly #searchValue: StringSearch;
  readonly #named: NamedValues | undefined;
  readonly #leastNamed: number;
  #source: Uint8Array = new Uint8Array(0);
  #end = 0;
  /** The start of the event_id in the source, and in what is made of it. */
  #sourceIdAt = -1;
  #idAt = -1;
  #metPath = false;
  #isShapeTold = true;

  constructor({ detectors, hash, redacted }: RewriteOptions) {
    this.#detectors = detectors;
    this.#hash = hash;
    this.#redacted = redacted;
    this.#findsCards = detectors.includes('credit-card');
    const sights = sightsOf(detectors);
    this.#searchKey = keySearch(sights);
    this.#searchValue = valueSearch(sights);
    this.#named = namedValues(detectors);
    this.#leastNamed = this.#named?.least ?? Infinity;
  }

  /** The last rewritten value, valid until the next call. */
  get bytes(): Uint8Array {
    return this.#made.bytes;
  }

  /**
   * True when the last value has a key on a path, or an array that may contain one: others of its shape must be
   * checked.
   */
  get metPath(): boolean {
    return this.#metPath;
  }

  /**
   * True when every value of the last one's shape gets the same new shape: no change depended on the letters of a key
   * or on a number.
   */
  get isShapeTold(): boolean {
    return this.#isShapeTold;
  }

  /** The offset of the event_id in `bytes`. */
  get idAt(): number {
    return this.#idAt;
  }

  /**
   * Rewrites the JSON value between two offsets: values at `paths`, and findings of the detectors in strings, keys and
   * numbers. Other bytes are unchanged. Returns the new length of `bytes`; 0 when nothing was changed.
   * @param idAt the offset of the value of its event_id; -1 without
   */
  rewrite(source: Uint8Array, start: number, end: number, paths: Paths, idAt: number): number {
    this.#source = source;
    this.#end = end;
    this.#sourceIdAt = idAt;
    this.#idAt = idAt;
    this.#metPath = false;
    this.#isShapeTold = true;
    this.#made.begin(source, start);
    if (source[start] === 0x7b) this.#object(start, paths, true);
    else this.#value(start, paths);
    return this.#made.finish(end);
  }

  /** Like each method that scans, takes the offset of the start of an element and returns that of its end. */
  #value(at: number, paths: Paths): number {
    const first = this.#source[at];
    if (first === 0x22) return this.#string(at);
    if (first === 0x7b) return this.#object(at, paths, false);
    return first === 0x5b ? this.#array(at, paths) : this.#scalar(at);
  }

  #array(at: number, paths: Paths): number {
    if (paths) this.#metPath = true;
    let pos = skipSpace(this.#source, at + 1);
    while (this.#source[pos] !== 0x5d) {
      pos = skipSpace(this.#source, this.#value(pos, paths));
      if (this.#source[pos] === 0x2c) pos = skipSpace(this.#source, pos + 1);
    }
    return pos + 1;
  }

  #object(at: number, paths: Paths, isTop: boolean): number {
    const source = this.#source;
    let pos = skipSpace(source, at + 1);
    let hasKept = false;
    let before = pos;
    while (source[pos] !== 0x7d) {
      const start = pos;
      const searched = this.#searchKey(source, start);
      const keyEnd = Math.abs(searched);
      const isOdd = searched < 0;
      const taken =
        paths && (isOdd || paths.mayLead(source, start, keyEnd)) ? step(paths, source, start, keyEnd) : NOWHERE;
      pos = skipSpace(source, skipSpace(source, keyEnd) + 1);
      if (taken.verb === 'drop') {
        pos = this.#drop(hasKept ? before : start, pos, !hasKept, isTop && this.#isEventIdKey(start, keyEnd));
      } else {
        if (isOdd && this.#redactString(start, keyEnd)) this.#isShapeTold = false;
        if (isTop && this.#isEventIdKey(start, keyEnd)) pos = this.#eventId(pos, taken);
        else if (taken.verb !== undefined) pos = this.#replace(pos, taken.verb);
        else if (source[pos] === 0x22) pos = this.#string(pos, start, keyEnd);
        else if (this.#named && isDigit(source[pos])) pos = this.#number(pos, start, keyEnd);
        else pos = this.#value(pos, taken.next);
        hasKept = true;
      }
      before = pos;
      pos = skipSpace(source, pos);
      if (source[pos] === 0x2c) pos = skipSpace(source, pos + 1);
    }
    return pos + 1;
  }

  /** Removes a member whose value begins at `at`, from `start` on, with the surplus comma. */
  #drop(start: number, at: number, isFirst: boolean, isEventId: boolean): number {
    this.#metPath = true;
    if (isEventId) this.#isShapeTold = false;
    this.#redacted('drop', 1);
    let pos = valueEnd(this.#source, at, this.#end);
    const comma = isFirst ? skipSpace(this.#source, pos) : -1;
    if (isFirst && this.#source[comma] === 0x2c) pos = skipSpace(this.#source, comma + 1);
    this.#made.replace(start, pos, '');
    return pos;
  }

  #replace(start: number, verb: Verb): number {
    this.#metPath = true;
    const pos = valueEnd(this.#source, start, this.#end);
    // Null reveals nothing and stays.
    if (this.#source[start] === 0x6e) return pos;
    this.#redacted(verb, 1);
    if (verb === 'hash') this.#replaceByHash(start, pos);
    else this.#made.replace(start, pos, REDACTED);
    return pos;
  }

  /** 7 and "7" have the same hash. */
  #replaceByHash(start: number, valueEnd: number): void {
    const quote = this.#source[start] === 0x22 ? 1 : 0;
    const known = this.#hash.find(this.#source, start + quote, valueEnd - quote);
    if (known >= 0) {
      this.#made.replaceWith(start, valueEnd, this.#hash.json, known, this.#hash.length);
      return;
    }
    const hashed = this.#hash.of(this.#textOf(start, valueEnd));
    this.#hash.remember(this.#source, start + quote, valueEnd - quote, hashed);
    this.#made.replace(start, valueEnd, `"${hashed}"`);
  }

  #textOf(start: number, valueEnd: number): string {
    if (this.#source[start] === 0x22) return stringText(this.#source, start, valueEnd);
    return Buffer.from(this.#source.buffer, this.#source.byteOffset + start, valueEnd - start).toString();
  }

  #isEventIdKey(start: number, keyEnd: number): boolean {
    return keyEnd - start === EVENT_ID_LENGTH + 2 && isEventId(this.#source, start + 1);
  }

  #eventId(start: number, { verb, next }: Step): number {
    const first = this.#source[start];
    if (verb === undefined && (first === 0x7b || first === 0x5b)) return this.#value(start, next);
    const pos = valueEnd(this.#source, start, this.#end);
    if (verb !== undefined) this.#metPath = true;
    if (first === 0x6e) return pos;
    if (verb !== undefined) this.#redacted(verb, 1);
    else if (!this.#isFoundIn(start, pos)) {
      if (start <= this.#sourceIdAt && this.#sourceIdAt < pos) this.#idAt = this.#made.place(this.#sourceIdAt);
      return pos;
    }
    this.#replaceByHash(start, pos);
    this.#isShapeTold = false;
    return pos;
  }

  /** True when a detector finds something; counts it. */
  #isFoundIn(start: number, valueEnd: number): boolean {
    if (this.#source[start] !== 0x22) return this.#isCard(start, valueEnd);
    if (this.#searchValue(this.#source, start) >= 0) return false;
    const text = this.#textOf(start, valueEnd);
    return redactText(text, this.#detectors, this.#redacted) !== text;
  }

  /** Scans a string, possibly the value of the key between two offsets. */
  #string(start: number, keyStart = -1, keyEnd = -1): number {
    const searched = this.#searchValue(this.#source, start);
    const pos = Math.abs(searched);
    if (pos - start >= this.#leastNamed && keyStart >= 0 && this.#isNamed(keyStart, keyEnd, start, pos, searched < 0))
      return pos;
    if (searched < 0) this.#redactString(start, pos);
    return pos;
  }

  /** Scans a number that is the value of the key between two offsets. */
  #number(start: number, keyStart: number, keyEnd: number): number {
    const pos = scalarEnd(this.#source, start, this.#end);
    if (pos - start < this.#leastNamed || !this.#isNamed(keyStart, keyEnd, start, pos, false))
      return this.#scalar(start, pos);
    this.#isShapeTold = false;
    return pos;
  }

  /** Replaces a value that a detector recognizes by the name of its key; false when it does not. */
  #isNamed(keyStart: number, keyEnd: number, start: number, pos: number, isSuspect: boolean): boolean {
    const detector = this.#named!.detectorOf(this.#source, keyStart, keyEnd, start, pos, isSuspect);
    if (detector === undefined) return false;
    this.#redacted(detector, 1);
    this.#made.replace(start, pos, JSON.stringify(labelOf(detector)));
    return true;
  }

  #redactString(start: number, stringEnd: number): boolean {
    if (this.#detectors.length === 0) return false;
    const text = stringText(this.#source, start, stringEnd);
    const clean = redactText(text, this.#detectors, this.#redacted);
    if (clean === text) return false;
    this.#made.replace(start, stringEnd, JSON.stringify(clean));
    return true;
  }

  #scalar(start: number, pos = scalarEnd(this.#source, start, this.#end)): number {
    if (this.#findsCards && pos - start >= CARD_DIGITS.least && this.#isCard(start, pos)) {
      this.#made.replace(start, pos, CARD);
      this.#isShapeTold = false;
    }
    return pos;
  }

  /** True for a card number; counts it. */
  #isCard(start: number, numberEnd: number): boolean {
    if (!this.#findsCards || !mayBeginCard(this.#source[this.#source[start] === 0x2d ? start + 1 : start]))
      return false;
    const digits = cardDigits(
      Buffer.from(this.#source.buffer, this.#source.byteOffset + start, numberEnd - start).toString('latin1'),
    );
    if (!isCardNumber(digits)) return false;
    this.#redacted('credit-card', 1);
    return true;
  }
}
