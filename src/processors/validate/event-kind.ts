import { MAX_KNOWN_SHAPES } from '../../core/limits.js';
import { inferType } from '../../core/event-type.js';
import { severityIn } from '../../core/severity-of.js';
import { EVENT_TYPE, LEVEL_KEYS, NAME_KEYS, TYPE_KEYS } from '../../core/vocabulary.js';
import { isObjectAt, stringAt, stringValue, textOf, visitMembers } from '../../formats/json/members.js';

/** The type and name of an event, as the columns of those names have them (sql/core-columns.ts). */
export interface EventKind {
  /** Undefined when the event has no type: see {@link inferredType}. */
  readonly type: string | undefined;
  readonly name: string | undefined;
}

const BACKSLASH = 0x5c;

const rank = (keys: readonly string[]): Map<string, number> =>
  new Map([...keys].reverse().map(key => [key.toLowerCase(), keys.indexOf(key)]));

const TYPE_RANK = rank(TYPE_KEYS);
const NAME_RANK = rank(NAME_KEYS);

/** A cheap hash of a key, without decoding it: the length and the first two letters, ignoring case. */
const signature = (length: number, first: number, second: number): number =>
  (length << 16) | ((first | 0x20) << 8) | (second | 0x20);

const SIGNATURES = new Set(
  [...TYPE_KEYS, ...NAME_KEYS].map(key => signature(key.length, key.charCodeAt(0), key.charCodeAt(1))),
);

/** Reads the type and name given in the valid JSON object at `start`. */
export function readKind(bytes: Uint8Array, start: number): EventKind {
  let type: string | undefined;
  let name: string | undefined;
  let typeRank = Infinity;
  let nameRank = Infinity;
  visitMembers(bytes, start, (keyStart, keyEnd, valueStart, end) => {
    const isAlike = SIGNATURES.has(signature(keyEnd - keyStart - 2, bytes[keyStart + 1]!, bytes[keyStart + 2]!));
    if (!isAlike && !hasEscape(bytes, keyStart, keyEnd)) return;
    const key = stringAt(bytes, keyStart, keyEnd);
    const forType = TYPE_RANK.get(key.toLowerCase()) ?? Infinity;
    const forName = NAME_RANK.get(key.toLowerCase()) ?? Infinity;
    if (forType >= typeRank && forName >= nameRank) return;
    const value = scalarText(bytes, valueStart, end);
    if (value === undefined) return;
    if (forType < typeRank && value !== '') [type, typeRank] = [value, forType];
    if (forName < nameRank) [name, nameRank] = [value, forName];
  });
  return { type, name };
}

function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === BACKSLASH) return true;
  return false;
}

/** A value as text; undefined for null, objects and arrays. */
function scalarText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const first = bytes[start]!;
  if (first === 0x6e || first === 0x7b || first === 0x5b) return undefined;
  return stringValue(bytes, start, end) ?? textOf(bytes, start, end);
}

/** The types that can be inferred from keys. */
export const INFERRED_TYPES: ReadonlySet<string> = new Set([
  EVENT_TYPE.metric,
  EVENT_TYPE.trace,
  EVENT_TYPE.log,
  EVENT_TYPE.event,
]);

/**
 * Creates a cached inference of the type of an event without one. The type of most events follows from their keys, so it
 * is computed once a shape; where it follows from the value of a level, once an event.
 */
export function typeInference(): (shape: number, bytes: Uint8Array, start: number, end: number) => string {
  const known = new Map<number, string>();
  return (shape, bytes, start, end) => {
    const cached = known.get(shape);
    if (cached !== undefined) return cached;
    const { type, isByValue } = infer(
      isObjectAt(bytes, start) ? (JSON.parse(textOf(bytes, start, end)) as object) : {},
    );
    if (known.size >= MAX_KNOWN_SHAPES) known.clear();
    if (!isByValue) known.set(shape, type);
    return type;
  };
}

/** The type of an event that gives none, inferred from its keys and its level. */
export function inferredType(event: object): string {
  return infer(event).type;
}

function infer(event: object): { readonly type: string; readonly isByValue: boolean } {
  let isByValue = false;
  const type = inferType(
    keys => keys.some(key => scalarsAt(event, key.toLowerCase()).length > 0),
    () => {
      isByValue = true;
      return LEVEL_KEYS.some(key =>
        scalarsAt(event, key.toLowerCase()).some(text => severityIn(key, text) !== undefined),
      );
    },
  );
  return { type, isByValue };
}

/** The scalars at a key, dotted or nested, in any case, as text, without nulls. */
function scalarsAt(event: object, wanted: string): string[] {
  return Object.entries(event).flatMap(([key, value]: [string, unknown]) => {
    const name = key.toLowerCase();
    if (name === wanted) {
      if (typeof value === 'string') return [value];
      return value !== null && typeof value !== 'object' ? [JSON.stringify(value)] : [];
    }
    const isParent = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isParent && wanted.startsWith(`${name}.`) ? scalarsAt(value, wanted.slice(name.length + 1)) : [];
  });
}
