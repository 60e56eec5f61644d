import { KIND, type Attribute } from '../../core/attribute.js';
import { MAX_ATTRIBUTES } from '../../core/limits.js';
import { pointer } from './text.js';

/** A place in payloads where a core column may have its value. */
export interface Candidate {
  /** The keys from the top; none for the payload itself, where that is a text. */
  readonly path: readonly string[];
  /** The name that it was found by, in lower case: keys joined by dots. */
  readonly name: string;
  /** True where some events have an object or an array there. */
  readonly nested: boolean;
  /** True where some events have an array there. */
  readonly arrays: boolean;
}

/** Finds the places in payloads that names stand for, in the order of the names. */
export type FindCandidates = (names: readonly string[]) => Candidate[];

/** A core column as SQL over the texts of the places where its value may be. */
export interface CoreColumn {
  readonly candidates: readonly Candidate[];
  /**
   * @param texts SQL for the text of each candidate, NULL where an event has no scalar there.
   * @param values SQL for the same as a number, where a candidate is stored as one; else the text.
   */
  readonly sql: (texts: readonly string[], values?: readonly string[]) => string;
}

/** The payload itself, where it is a text. */
export const WHOLE_TEXT: Candidate = { path: [], name: '', nested: false, arrays: false };

/**
 * Finds places by the attributes that are registered: a key that no event had costs a query nothing. Where there are too
 * many attributes, a key may be without one, and every name is a place.
 */
export function candidatesAmong(attributes: readonly Attribute[]): FindCandidates {
  const byName = new Map(attributes.map(attribute => [attribute.name.toLowerCase(), attribute]));
  const isFull = attributes.length >= MAX_ATTRIBUTES;
  const parents = new Set(
    attributes.flatMap(({ paths }) => paths.filter(path => path.length > 1).map(path => path[0]!)),
  );
  const find = (name: string): Pick<Attribute, 'paths' | 'kinds'> | undefined =>
    byName.get(name.toLowerCase()) ??
    (isFull ? { paths: [[name]], kinds: parents.has(name) ? KIND.object : 0 } : undefined);
  return names => {
    const found = new Map<string, Candidate>();
    for (const name of names) {
      const { paths = [], kinds = 0 } = find(name) ?? {};
      const nested = (kinds & (KIND.object | KIND.array)) !== 0;
      for (const path of paths) {
        const key = JSON.stringify(path);
        if (!found.has(key))
          found.set(key, { path, name: name.toLowerCase(), nested, arrays: (kinds & KIND.array) !== 0 });
      }
    }
    return [...found.values()];
  };
}

/** SQL over `payload` and `encoding` for the text of the scalar at a place; NULL where there is another value or none. */
export function candidateText({ path, nested }: Candidate): string {
  if (path.length === 0) {
    return `case when json_type(payload) = 'VARCHAR' and "encoding" is distinct from 'base64'
      then json_extract_string(payload, '$') end`;
  }
  const text = `json_extract_string(payload, ${pointer(path)})`;
  if (!nested) return text;
  return `case when json_type(payload, ${pointer(path)}) not in ('OBJECT', 'ARRAY') then ${text} end`;
}
