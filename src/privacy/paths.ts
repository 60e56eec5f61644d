import { keyFilter, type KeyFilter } from '../decode/key-filter.js';

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
  /** Whether a key may be on a path. */
  readonly mayLead: KeyFilter;
  /** The steps by key, for those on a path. */
  readonly steps: Map<string, Step>;
}

/** Leads nowhere. */
export const NOWHERE: Step = { verb: undefined, next: undefined };

/** Keys of the senders' own making are only remembered up to this many. */
const MAX_STEPS = 1000;

/** The paths of the rules, from the top of an event. A path that several rules name has the strictest: drop, then hash. */
export function pathsOf(rules: Readonly<Record<Verb, readonly string[]>>): Paths {
  return pathSet(
    (['drop', 'hash', 'redact'] as const).flatMap(verb =>
      rules[verb].map(path => ({ verb, rest: path.toLowerCase() })),
    ),
  );
}

/**
 * Takes a key. As in the names of columns, a dot stands between the keys of nested objects or within a key, and case
 * does not matter. Arrays are passed through: their elements stand at the array's own path.
 */
export function step({ rests, steps }: PathSet, key: string): Step {
  const name = key.toLowerCase();
  let known = steps.get(name);
  if (known) return known;
  const verb = rests.find(({ rest }) => rest === name)?.verb;
  const next = pathSet(
    rests
      .filter(({ rest }) => rest.startsWith(`${name}.`))
      .map(path => ({ verb: path.verb, rest: path.rest.slice(name.length + 1) })),
  );
  known = verb === undefined && next === undefined ? NOWHERE : { verb, next };
  if (steps.size < MAX_STEPS) steps.set(name, known);
  return known;
}

function pathSet(rests: PathSet['rests']): Paths {
  if (rests.length === 0) return undefined;
  const firstKeys = rests.flatMap(({ rest }) => {
    const keys = rest.split('.');
    return keys.map((_, i) => keys.slice(0, i + 1).join('.'));
  });
  return { rests, mayLead: keyFilter(firstKeys), steps: new Map() };
}
