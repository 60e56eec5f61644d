import { isCoreColumn, KIND, type Attribute } from '../core/attribute.js';
import { MAX_ATTRIBUTES } from '../core/limits.js';
import {
  LEVEL_KEYS,
  MESSAGE_KEYS,
  METRIC_KEYS,
  NAME_KEYS,
  SPAN_KEYS,
  TIME_KEYS,
  TYPE_KEYS,
} from '../core/vocabulary.js';
import { parseTime } from './parse-time.js';
import { pointer, quoteName } from './text.js';

/** The three core columns that are found in the payload, in two steps so that each payload is parsed once for each. */
export interface CoreColumns {
  /** Named expressions over `payload`, each a list of texts: the first step. */
  readonly lists: readonly { readonly name: string; readonly sql: string }[];
  /** Expressions over those lists (and `received_at`): the second step. */
  readonly time: string;
  readonly type: string;
  readonly name: string;
}

/** The JSON paths that some names stand for, and whether an object or array may be found there. */
interface Candidate {
  readonly path: readonly string[];
  readonly nested: boolean;
}

/**
 * The one definition of `time`, `type` and `name` (the data model in the design), as SQL over `payload`.
 * Only keys that some event had are looked for. A core column's own key is never registered, and none is when there are too many.
 */
export function coreColumns(attributes: readonly Attribute[]): CoreColumns {
  const byName = new Map(attributes.map(attribute => [attribute.name.toLowerCase(), attribute]));
  const isFull = attributes.length >= MAX_ATTRIBUTES;
  const parents = new Set(
    attributes.flatMap(({ paths }) => paths.filter(path => path.length > 1).map(path => path[0]!)),
  );
  const find = (names: readonly string[]): Candidate[] =>
    candidates(names, name => {
      const attribute = byName.get(name.toLowerCase());
      if (attribute) return attribute;
      return isCoreColumn(name) || isFull ? { paths: [[name]], kinds: parents.has(name) ? KIND.object : 0 } : undefined;
    });
  const time = find(TIME_KEYS);
  const name = find(NAME_KEYS);
  const type = typeColumn(find);
  return {
    lists: [
      { name: 'time candidates', sql: texts(time) },
      { name: 'type candidates', sql: texts(type.candidates) },
      { name: 'name candidates', sql: texts(name) },
    ],
    time: time.length === 0 ? 'received_at' : `coalesce(${parseTime('"time candidates"', time.length)}, received_at)`,
    type: type.sql,
    name: `list_any_value("name candidates")`,
  };
}

/**
 * A query that adds `time`, `type` and `name` to rows that have `received_at` (TIMESTAMPTZ) and `payload`.
 * @param columns what else it selects of `source`.
 */
export function selectWithCore({ lists, time, type, name }: CoreColumns, columns: string, source: string): string {
  const candidates = lists.map(list => `${list.sql} as ${quoteName(list.name)}`).join(',\n');
  return `select ${time} as "time", ${type} as "type", ${name} as "name", ${columns}
    from (select *, ${candidates} from ${source})`;
}

function typeColumn(find: (names: readonly string[]) => Candidate[]): { candidates: Candidate[]; sql: string } {
  const all: Candidate[] = [];
  const has = (names: readonly string[]): string => {
    const found = find(names);
    const from = all.length + 1;
    all.push(...found);
    const tests = found.map((_, i) => `"type candidates"[${from + i}] is not null`);
    return tests.length === 0 ? 'false' : `(${tests.join(' or ')})`;
  };
  const given = find(TYPE_KEYS);
  all.push(...given);
  const first = given.map((_, i) => `nullif("type candidates"[${i + 1}], '')`);
  const inferred = `case when ${has(METRIC_KEYS)} then 'metric' when ${has(SPAN_KEYS)} then 'trace'
    when ${has(LEVEL_KEYS)} and ${has(MESSAGE_KEYS)} then 'log' else 'event' end`;
  return { candidates: all, sql: `coalesce(${[...first, inferred].join(', ')})` };
}

function candidates(
  names: readonly string[],
  find: (name: string) => Pick<Attribute, 'paths' | 'kinds'> | undefined,
): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { paths, kinds } of names.flatMap(name => find(name) ?? [])) {
    const nested = (kinds & (KIND.object | KIND.array)) !== 0;
    for (const path of paths) found.set(JSON.stringify(path), found.get(JSON.stringify(path)) ?? { path, nested });
  }
  return [...found.values()];
}

/** A list with the text of the value at each path, NULL where there is none or it is an object or an array. */
function texts(all: readonly Candidate[]): string {
  if (all.length === 0) return `null::VARCHAR[]`;
  if (!all.some(({ nested }) => nested)) {
    return `json_extract_string(payload, [${all.map(({ path }) => pointer(path)).join(', ')}])`;
  }
  return `[${all.map(scalar).join(', ')}]`;
}

function scalar({ path, nested }: Candidate): string {
  const text = `json_extract_string(payload, ${pointer(path)})`;
  if (!nested) return text;
  return `case when json_type(payload, ${pointer(path)}) not in ('OBJECT', 'ARRAY') then ${text} end`;
}
