import type { Attribute } from '../../core/attribute.js';
import { TYPE_KEYS } from '../../core/vocabulary.js';
import { indexedValue, isIndexable } from '../../store/catalog/user-indexes.js';
import { quoteText } from '../../store/sql/text.js';
import { indexTerm } from './terms.js';

/** Types that an event without one may be taken for. */
const INFERRED_TYPES = ['metric', 'trace', 'log', 'event'];

const TYPE_IS = /^\(COALESCE\(.* = ('(?:[^']|'')*')\)$/s;

/** What a plan's condition compares with if it is one on the type, as SQL; it may be another that looks alike. */
export function comparedType(condition: string): string | undefined {
  return TYPE_IS.exec(condition)?.[1];
}

/**
 * The conditions of a partial index, as a plan prints them, as SQL over the journal's rows. True at least where they
 * are, as long as the attributes have the kinds and paths that they have now.
 * @returns undefined when an index cannot have them.
 */
export function whereSql(conditions: readonly string[], attributes: readonly Attribute[]): string | undefined {
  const terms = conditions.map(condition => termOf(condition, attributes));
  return terms.length === 0 || terms.includes(undefined) ? undefined : terms.join(' and ');
}

function termOf(condition: string, attributes: readonly Attribute[]): string | undefined {
  for (const attribute of attributes) {
    const term = indexTerm(condition, attribute);
    if (term !== undefined) return isIndexable(attribute.paths[0]!) ? term : undefined;
  }
  const type = comparedType(condition);
  return type === undefined ? undefined : typeTerm(type, attributes);
}

/** True for every event that has the type, and for those without a type of their own where it may be inferred. */
function typeTerm(type: string, attributes: readonly Attribute[]): string | undefined {
  const text = type.slice(1, -1).replaceAll("''", "'");
  if (text === '' || text === 'true' || text === 'false' || !Number.isNaN(Number(text)) || /[\0\ufffd]/.test(text)) {
    return undefined;
  }
  const keys = TYPE_KEYS.flatMap(key => [
    ...attributes.filter(({ name }) => name.toLowerCase() === key).flatMap(({ paths }) => paths),
    [key],
  ]);
  if (!keys.every(isIndexable)) return undefined;
  const values = keys.map(path => {
    const value = indexedValue(path);
    return `nullif(iif(json_type(iif(json_valid(payload), payload, 'null'), ${pathText(path)}) in ('object', 'array'), null, ${value}), '')`;
  });
  const otherwise = INFERRED_TYPES.includes(text) ? type : `''`;
  return `coalesce(${[...values, otherwise].join(', ')}) = ${type}`;
}

function pathText(path: readonly string[]): string {
  return quoteText(`$${path.map(key => `."${key}"`).join('')}`);
}
