import type { Label } from '../text/flat-labels.js';
import { labelOf } from './fields.js';

/** The name of a metric, the tags within it, and the text after its colon. */
export interface StatsdName {
  readonly name: string;
  readonly tags: readonly Label[];
  readonly rest: string;
}

/** SignalFx: tags in brackets, anywhere in the name. A value may have colons. */
const BRACKETS = /^([^:[\]]*)\[([^\]]*)\]([^:]*):/;

/** InfluxDB: `name,tag=value`; Graphite: `name;tag=value`; Librato: `name#tag=value,tag=value`. */
const SEPARATOR = /[,;#]/;

/** Reads the name at the start of a line. Undefined without one. */
export function statsdName(line: string): StatsdName | undefined {
  const colon = line.indexOf(':');
  if (colon <= 0) return undefined;
  const bracket = line.indexOf('[');
  const [all, before, inside, after] = (bracket >= 0 && bracket < colon ? BRACKETS.exec(line) : null) ?? [];
  if (all !== undefined) return named(`${before}${after}`, inside!.split(','), line.slice(all.length));
  const head = line.slice(0, colon);
  const rest = line.slice(colon + 1);
  if (!SEPARATOR.test(head)) return { name: head, tags: NO_TAGS, rest };
  const [name = '', ...tags] = head.split(SEPARATOR);
  return named(name, tags, rest);
}

const NO_TAGS: readonly Label[] = [];

function named(name: string, tags: readonly string[], rest: string): StatsdName | undefined {
  if (name === '') return undefined;
  return { name, tags: tags.filter(tag => tag !== '').map(tag => labelOf(tag.trim(), '=')), rest };
}
