import { scalarEnd, skipSpace, stringEnd, stringText, valueEnd } from '../decode/json-walk.js';
import { CARD_DIGITS, isCardNumber } from './credit-card.js';
import { LABELS, redactText, type Detector } from './detectors.js';
import { edits } from './edits.js';
import type { KeyedHash } from './keyed-hash.js';
import { NOWHERE, step, type Paths, type Verb } from './paths.js';
import type { Redaction } from './rules.js';
import type { Suspect } from './suspect.js';

/** What stands for a value that --redact names by its path. */
const REDACTED = '[redacted]';

/** The key whose values tell events apart: {@link rewriter} never gives two of them the same. */
const EVENT_ID = 'event_id';

/** What to look for, and what to do with it. */
export interface RewriteOptions {
  readonly detectors: readonly Detector[];
  readonly suspect: Suspect;
  readonly hash: KeyedHash;
  readonly redacted: (what: Redaction, count: number) => void;
}

/** Rewrites events, one after the other. */
export interface Rewriter {
  /**
   * Rewrites the JSON value between two offsets: values at `paths`, and what the detectors find in strings, keys and
   * numbers. All else keeps its bytes. The result is valid until the next call; undefined when nothing was changed.
   */
  rewrite(bytes: Uint8Array, start: number, end: number, paths: Paths): Uint8Array | undefined;
  /** Whether the last value has a key that a path names, or an array that may have one: others of its shape are worth a look. */
  readonly metPath: boolean;
}

/**
 * Creates a rewriter. A top-level `event_id` that would become a label is hashed instead: events are told apart by it,
 * and those whose ids became the same would be taken for one.
 */
export function rewriter({ detectors, suspect, hash, redacted }: RewriteOptions): Rewriter {
  const made = edits();
  let bytes: Uint8Array = new Uint8Array(0);
  let end = 0;
  let pos = 0;
  let metPath = false;

  function value(paths: Paths, isTop: boolean): void {
    switch (bytes[pos]) {
      case 0x7b:
        object(paths, isTop);
        return;
      case 0x5b:
        array(paths);
        return;
      case 0x22:
        text();
        return;
      default:
        scalar();
    }
  }

  function array(paths: Paths): void {
    if (paths) metPath = true;
    pos = skipSpace(bytes, pos + 1);
    while (bytes[pos] !== 0x5d) {
      value(paths, false);
      pos = skipSpace(bytes, pos);
      if (bytes[pos] === 0x2c) pos = skipSpace(bytes, pos + 1);
    }
    pos++;
  }

  function object(paths: Paths, isTop: boolean): void {
    let hasKept = false;
    pos = skipSpace(bytes, pos + 1);
    let before = pos;
    while (bytes[pos] !== 0x7d) {
      const start = pos;
      const keyEnd = stringEnd(bytes, start);
      const { verb, next } = paths?.mayLead(bytes, start, keyEnd)
        ? step(paths, stringText(bytes, start, keyEnd))
        : NOWHERE;
      pos = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
      if (verb === 'drop') {
        metPath = true;
        pos = valueEnd(bytes, pos, end);
        drop(hasKept ? before : start, hasKept);
      } else {
        if (detectors.length > 0) string(start, keyEnd);
        member(verb, next, isTop && isEventIdKey(start, keyEnd));
        hasKept = true;
      }
      before = pos;
      pos = skipSpace(bytes, pos);
      if (bytes[pos] === 0x2c) pos = skipSpace(bytes, pos + 1);
    }
    pos++;
  }

  /** Leaves out a member, from `start` to where its value ended, and the comma that is then one too many. */
  function drop(start: number, isAfterKept: boolean): void {
    redacted('drop', 1);
    if (!isAfterKept) {
      const comma = skipSpace(bytes, pos);
      if (bytes[comma] === 0x2c) {
        made.replace(start, (pos = skipSpace(bytes, comma + 1)), '');
        return;
      }
    }
    made.replace(start, pos, '');
  }

  function member(verb: Verb | undefined, next: Paths, isEventId: boolean): void {
    const start = pos;
    if (verb === undefined) {
      if (isEventId) eventId();
      else value(next, false);
      return;
    }
    metPath = true;
    pos = valueEnd(bytes, pos, end);
    const text = textOf(start, pos);
    if (text === undefined) return;
    const isHashed = verb === 'hash' || isEventId;
    redacted(verb, 1);
    made.replace(start, pos, JSON.stringify(isHashed ? hash(text) : REDACTED));
  }

  /** A value as the text that its hash is made of: 7 and "7" have the same. Null says nothing, and stays. */
  function textOf(start: number, valueEnd: number): string | undefined {
    if (bytes[start] === 0x22) return stringText(bytes, start, valueEnd);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, valueEnd - start).toString();
    return text === 'null' ? undefined : text;
  }

  function isEventIdKey(start: number, keyEnd: number): boolean {
    return keyEnd - start === EVENT_ID.length + 2 && stringText(bytes, start, keyEnd) === EVENT_ID;
  }

  function eventId(): void {
    const start = pos;
    const first = bytes[start];
    if (first === 0x7b || first === 0x5b) {
      value(undefined, false);
      return;
    }
    pos = valueEnd(bytes, start, end);
    const text = textOf(start, pos) ?? '';
    const isFound = first === 0x22 ? redactText(text, detectors, redacted) !== text : isCard(text);
    if (isFound) made.replace(start, pos, JSON.stringify(hash(text)));
  }

  function text(): void {
    const start = pos;
    pos = stringEnd(bytes, pos);
    if (detectors.length > 0) string(start, pos);
  }

  function string(start: number, stringEnd: number): void {
    if (!suspect(bytes, start + 1, stringEnd - 1)) return;
    const text = stringText(bytes, start, stringEnd);
    const clean = redactText(text, detectors, redacted);
    if (clean !== text) made.replace(start, stringEnd, JSON.stringify(clean));
  }

  function scalar(): void {
    const start = pos;
    pos = scalarEnd(bytes, pos, end);
    if (pos - start < CARD_DIGITS.least || bytes[start]! > 0x39) return;
    if (isCard(Buffer.from(bytes.buffer, bytes.byteOffset + start, pos - start).toString('latin1')))
      made.replace(start, pos, JSON.stringify(LABELS['credit-card']));
  }

  /** Counts it as well. */
  function isCard(number: string): boolean {
    if (!detectors.includes('credit-card') || !/^-?\d+$/.test(number)) return false;
    if (!isCardNumber(number.replace('-', ''))) return false;
    redacted('credit-card', 1);
    return true;
  }

  return {
    rewrite(source, start, sourceEnd, paths) {
      bytes = source;
      pos = start;
      end = sourceEnd;
      metPath = false;
      made.begin();
      value(paths, true);
      return made.apply(source, start, sourceEnd);
    },
    get metPath() {
      return metPath;
    },
  };
}
