import { ScannedEvent, type SlotKind } from './scan.js';
import { LEARNED, PLAIN_STRINGS, type StringStyle } from './styles/string-style.js';

/** A part of a shape that each event fills with its own value. */
export interface Slot {
  readonly kind: SlotKind;
  /** Keys from the root. */
  readonly path: readonly string[];
  /** The name of the way to write the value, by its kind (folder styles); '' for DuckDB's way. */
  readonly style: string;
}

/**
 * The shape of events: the text that they share, cut at the slots. There is one more literal than slots. Nulls, keys,
 * their order, nesting and white space are part of the literals.
 */
export interface Shape {
  readonly literals: readonly string[];
  readonly slots: readonly Slot[];
  /** The style of strings in slots whose style is LEARNED. */
  readonly strings: StringStyle;
}

/** A shape, and the paths of the objects in its events, which have no column. */
export interface ReadShape extends Shape {
  readonly objects: readonly (readonly string[])[];
}

/** A JSON string. */
const STRING = /"(?:[^"\\]|\\.)*"/g;

/**
 * Reads the shape of an event that has one.
 * @returns undefined when an object has a key twice (parsers keep only one of the values) or a key cannot be written in
 *   SQL.
 */
export function readShape(json: string): ReadShape | undefined {
  const event = new ScannedEvent(json);
  const literals = Array.from({ length: event.count + 1 }, (_, i) => event.literal(i));
  const places = literals.reduce((text, literal, i) => (i === 0 ? literal : `${text}${i - 1}${literal}`), '');
  const paths = new Map<number, readonly string[]>();
  const objects: (readonly string[])[] = [];
  const keys = collect(JSON.parse(places), [], paths, objects);
  // All strings that are left are keys.
  if ((places.match(STRING)?.length ?? 0) !== keys) return undefined;
  const slots = Array.from({ length: event.count }, (_, i) => i).flatMap(i => {
    const path = paths.get(i);
    return path ? [{ kind: event.kind(i), path, style: '' }] : [];
  });
  if (slots.length !== event.count || ![...paths.values(), ...objects].every(isWritable)) return undefined;
  return { literals, slots, objects, strings: PLAIN_STRINGS };
}

/** True for keys that SQL can hold. DuckDB ends a statement at a NUL, and half of a surrogate pair has no UTF-8. */
function isWritable(path: readonly string[]): boolean {
  return path.every(key => !key.includes('\0') && key.isWellFormed());
}

/** The shape without styles. */
export function plainShape({ literals, slots }: Shape): Shape {
  return { literals, slots: slots.map(slot => ({ ...slot, style: '' })), strings: PLAIN_STRINGS };
}

/**
 * The shape as the catalog stores it: a JSON array of literals and, between them, slots as `[kind and style, key, key,
 * ...]`. When a slot has a style, the style of strings comes first, as an object.
 */
export function printShape({ literals, slots, strings }: Shape): string {
  const parts = literals.flatMap((literal, i) => (i === 0 ? [literal] : [slotText(slots[i - 1]!), literal]));
  if (slots.every(({ style }) => style === '')) return JSON.stringify(parts);
  const isLearned = slots.some(({ style }) => style.endsWith(LEARNED));
  return JSON.stringify([isLearned ? strings : PLAIN_STRINGS, ...parts]);
}

/** Reads the text of {@link printShape}, also that of the first release, which had no styles. */
export function parseShape(text: string): Shape {
  const parts = JSON.parse(text) as (StringStyle | string | [string, ...string[]])[];
  const strings = parts.find((part): part is StringStyle => typeof part === 'object' && !Array.isArray(part));
  return {
    literals: parts.filter(part => typeof part === 'string'),
    slots: parts
      .filter(part => Array.isArray(part))
      .map(([kind, ...path]) => ({ kind: kind[0] as SlotKind, path, style: kind.slice(1) })),
    strings: strings ?? PLAIN_STRINGS,
  };
}

function slotText({ kind, path, style }: Slot): string[] {
  return [kind + style, ...path];
}

/**
 * Finds the path of each number, which is the index of a slot: the text holds only objects and nulls otherwise.
 * @returns the number of keys, where duplicate keys of an object count once.
 */
function collect(
  value: unknown,
  path: readonly string[],
  paths: Map<number, readonly string[]>,
  objects: (readonly string[])[],
): number {
  if (typeof value === 'number') paths.set(value, path);
  if (typeof value !== 'object' || value === null) return 0;
  if (path.length > 0) objects.push(path);
  return Object.entries(value).reduce(
    (keys, [key, inner]) => keys + 1 + collect(inner, [...path, key], paths, objects),
    0,
  );
}
