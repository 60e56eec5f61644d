import type { Attribute } from '../../core/attribute.js';
import { TYPE_KEYS } from '../../core/vocabulary.js';
import { indexedValue, isIndexable } from '../../store/catalog/user-indexes.js';
import { quoteText } from '../../store/sql/text.js';
import { indexTerm } from './terms.js';

/** Types that are inferred for events without a type. */
const INFERRED_TYPES = ['metric', 'trace', 'log', 'event'];

const TYPE_IS = /^\(COALESCE\(.* = ('(?:[^']|'')*')\)$/s;

/**
 * The SQL literal that a condition of the form of a type's compares with. The condition may be on another value: see
 * areTypes in index-definition.ts.
 */
export function comparedType(condition: string): string | undefined {
  return TYPE_IS.exec(condition)?.[1];
}

/**
 * Translates the conditions of a partial index from a plan's text to SQL over the journal's rows. It is true at least
 * where they are, as long as the attributes keep their kinds and paths.
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

/** True for every event that has the type, and for every event without a type where this one may be inferred. */
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
