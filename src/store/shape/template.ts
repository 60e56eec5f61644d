import { scanShape, type HoleKind, type Span } from './scan.js';
import { LEARNED, PLAIN_STRINGS, type StringStyle } from './styles/string-style.js';

/** A place in a shape that each event fills with its own value. */
export interface Hole {
  readonly kind: HoleKind;
  /** The keys from the top. */
  readonly path: readonly string[];
  /** The way that the value is written, by its kind (folder styles); '' as DuckDB writes it. */
  readonly style: string;
}

/**
 * The shape of events: the text that they share, cut at the holes. `literals` has one more than `holes`; nulls, keys,
 * their order, nesting and white space are part of it.
 */
export interface Template {
  readonly literals: readonly string[];
  readonly holes: readonly Hole[];
  /** The style of strings in holes that have LEARNED in theirs. */
  readonly strings: StringStyle;
}

/** A template and where its events hold objects, which are no values of a column. */
export interface ReadTemplate extends Template {
  readonly objects: readonly (readonly string[])[];
}

/** A string of JSON. */
const STRING = /"(?:[^"\\]|\\.)*"/g;

/**
 * Takes the template of an event that has a shape.
 * @returns undefined when a key stands twice in an object, only one of which is ever found again, or cannot be written
 * in SQL.
 */
export function readTemplate(json: string): ReadTemplate | undefined {
  const spans: Span[] = [];
  scanShape(json, spans);
  const literals: string[] = [];
  let from = 0;
  for (const { start, end } of spans) {
    literals.push(json.slice(from, start));
    from = end;
  }
  literals.push(json.slice(from));
  const places = literals.reduce((text, literal, i) => (i === 0 ? literal : `${text}${i - 1}${literal}`), '');
  const paths = new Map<number, readonly string[]>();
  const objects: (readonly string[])[] = [];
  const keys = collect(JSON.parse(places), [], paths, objects);
  // The only strings that are left are keys.
  if ((places.match(STRING)?.length ?? 0) !== keys) return undefined;
  const holes = spans.flatMap(({ kind }, i) => (paths.has(i) ? [{ kind, path: paths.get(i)!, style: '' }] : []));
  if (holes.length !== spans.length || ![...paths.values(), ...objects].every(isWritable)) return undefined;
  return { literals, holes, objects, strings: PLAIN_STRINGS };
}

/** DuckDB ends a statement at a NUL, and half of a surrogate pair has no UTF-8. */
function isWritable(path: readonly string[]): boolean {
  return path.every(key => !key.includes('\0') && key.isWellFormed());
}

/** A template without styles: what all ways to write events of a shape share. */
export function bareTemplate({ literals, holes }: Template): Template {
  return { literals, holes: holes.map(hole => ({ ...hole, style: '' })), strings: PLAIN_STRINGS };
}

/**
 * A template as the catalog keeps it: a JSON array of literals and, between them, holes as `[kind and style, key, key, ...]`.
 * Where a hole has a style, the style of strings comes first, as an object.
 */
export function printTemplate({ literals, holes, strings }: Template): string {
  const parts = literals.flatMap((literal, i) => (i === 0 ? [literal] : [holeText(holes[i - 1]!), literal]));
  if (holes.every(({ style }) => style === '')) return JSON.stringify(parts);
  const isLearned = holes.some(({ style }) => style.endsWith(LEARNED));
  return JSON.stringify([isLearned ? strings : PLAIN_STRINGS, ...parts]);
}

/** Reads what {@link printTemplate} wrote, and what the first release wrote, which knew no styles. */
export function parseTemplate(text: string): Template {
  const parts = JSON.parse(text) as (StringStyle | string | [string, ...string[]])[];
  const strings = parts.find((part): part is StringStyle => typeof part === 'object' && !Array.isArray(part));
  return {
    literals: parts.filter(part => typeof part === 'string'),
    holes: parts
      .filter(part => Array.isArray(part))
      .map(([kind, ...path]) => ({ kind: kind[0] as HoleKind, path, style: kind.slice(1) })),
    strings: strings ?? PLAIN_STRINGS,
  };
}

function holeText({ kind, path, style }: Hole): string[] {
  return [kind + style, ...path];
}

/**
 * Finds the numbers that stand for the holes: nothing else is left in the text but objects and nulls.
 * @returns the count of keys; of two that are the same in an object, one counts.
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
