import { plainKeyFilter, type KeyFilter } from '../../formats/json/key-filter.js';
import { stringText } from '../../formats/json/walk.js';

/** The action on the value at a path. */
export type Verb = 'redact' | 'hash' | 'drop';

/** Paths that continue from a point in an event; undefined when no path does. */
export type Paths = PathSet | undefined;

/** The result of following a key. */
export interface Step {
  /** The action on its value, if any. */
  readonly verb: Verb | undefined;
  /** The paths that continue within it. */
  readonly next: Paths;
}

interface PathSet {
  /** The remaining paths: lower-case keys separated by dots, the strictest first. */
  readonly rests: readonly { readonly verb: Verb; readonly rest: string }[];
  /** True when a key of ASCII letters without escapes may be on a path. */
  readonly mayLead: KeyFilter;
  /** Keys as senders spelled them, with their steps. */
  readonly spelled: { readonly key: Uint8Array; readonly step: Step }[];
}

/** The step of a key that is on no path. */
export const NOWHERE: Step = { verb: undefined, next: undefined };

/**
 * Limit of cached spellings; half as many for keys that only look alike. Senders spell the few keys on a path the same
 * way.
 */
const MAX_SPELLED = 32;

/**
 * The paths of the rules, from the top of an event. For a path in several rules the strictest wins: drop, then hash.
 */
export function pathsOf(rules: Readonly<Record<Verb, readonly string[]>>): Paths {
  return pathSet(
    (['drop', 'hash', 'redact'] as const).flatMap(verb =>
      rules[verb].map(path => ({ verb, rest: path.toLowerCase() })),
    ),
  );
}

/**
 * Follows the key between two offsets, quotes included. As in column names, a dot separates the keys of nested objects
 * or is part of a key, and case does not matter. Elements of an array have the path of the array.
 */
export function step({ rests, spelled }: PathSet, bytes: Uint8Array, start: number, keyEnd: number): Step {
  for (const { key, step } of spelled) if (isAt(bytes, start, keyEnd, key)) return step;
  const step = stepBy(stringText(bytes, start, keyEnd).toLowerCase(), rests);
  if (spelled.length < (step === NOWHERE ? MAX_SPELLED / 2 : MAX_SPELLED))
    spelled.push({ key: bytes.slice(start, keyEnd), step });
  return step;
}

function stepBy(name: string, rests: PathSet['rests']): Step {
  const verb = rests.find(({ rest }) => rest === name)?.verb;
  const next = pathSet(
    rests
      .filter(({ rest }) => rest.startsWith(`${name}.`))
      .map(path => ({ verb: path.verb, rest: path.rest.slice(name.length + 1) })),
  );
  return verb === undefined && next === undefined ? NOWHERE : { verb, next };
}

function isAt(bytes: Uint8Array, start: number, end: number, key: Uint8Array): boolean {
  if (end - start !== key.length) return false;
  for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key[i]) return false;
  return true;
}

function pathSet(rests: PathSet['rests']): Paths {
  if (rests.length === 0) return undefined;
  const firstKeys = rests.flatMap(({ rest }) => {
    const keys = rest.split('.');
    return keys.map((_, i) => keys.slice(0, i + 1).join('.'));
  });
  return { rests, mayLead: plainKeyFilter(firstKeys), spelled: [] };
}
