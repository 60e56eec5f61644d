import { plainKeyFilter, type KeyFilter } from '../../formats/json/key-filter.js';
import { stringText } from '../../formats/json/walk.js';

/** What becomes of the value at a path. */
export type Verb = 'redact' | 'hash' | 'drop';

/** Paths that lead on from a place in an event; undefined when none does. */
export type Paths = PathSet | undefined;

/** What a key leads to. */
export interface Step {
  /** What becomes of its value. */
  readonly verb: Verb | undefined;
  /** Where paths lead on within it. */
  readonly next: Paths;
}

interface PathSet {
  /** What is still to go: keys in lower case with dots between. The strictest first. */
  readonly rests: readonly { readonly verb: Verb; readonly rest: string }[];
  /** Whether a key of ASCII letters without escapes may be on a path. */
  readonly mayLead: KeyFilter;
  /** Keys as senders spelled them, and their steps. */
  readonly spelled: { readonly key: Uint8Array; readonly step: Step }[];
}

/** Leads nowhere. */
export const NOWHERE: Step = { verb: undefined, next: undefined };

/** Senders spell the few keys that are on a path alike: only so many spellings are remembered, and half as many of keys that only look so. */
const MAX_SPELLED = 32;

/** The paths of the rules, from the top of an event. A path that several rules name has the strictest: drop, then hash. */
export function pathsOf(rules: Readonly<Record<Verb, readonly string[]>>): Paths {
  return pathSet(
    (['drop', 'hash', 'redact'] as const).flatMap(verb =>
      rules[verb].map(path => ({ verb, rest: path.toLowerCase() })),
    ),
  );
}

/**
 * Takes the key between two offsets, its quotes included. As in the names of columns, a dot stands between the keys of
 * nested objects or within a key, and case does not matter. Arrays are passed through: their elements stand at the
 * array's own path.
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
