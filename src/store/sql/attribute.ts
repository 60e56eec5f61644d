import { attributeType, isCoreColumn, KIND, type Attribute } from '../../core/attribute.js';
import type { ExtractedTexts } from './extracted-texts.js';
import { pointer } from './text.js';

/** The attributes that are columns: not those that share a core column's name, nor keys that only ever held objects, whose leaves are columns. */
export function viewAttributes(attributes: readonly Attribute[]): Attribute[] {
  return attributes.filter(({ name, kinds }) => !isCoreColumn(name) && kinds !== KIND.object);
}

/**
 * An attribute's value over `payload`.
 * @param shared the texts that it is taken from, where the rows have these; by default the payload is parsed for it
 */
export function attributeSql(attribute: Attribute, shared?: ExtractedTexts): string {
  const { kinds } = attribute;
  if (attributeType(kinds) !== 'JSON')
    return attributeOfTexts(attribute, path => shared?.at(path) ?? `json_extract_string(payload, ${pointer(path)})`);
  // A cast to JSON would parse the text again.
  return attributeOfTexts(attribute, path => {
    const value = `json_extract(payload, ${pointer(path)})`;
    return (kinds & KIND.null) === 0 ? value : `nullif(${value}, 'null')`;
  });
}

/**
 * An attribute's value, where the texts at its paths of the payload are at hand: to parse a payload once for each attribute
 * is dear. What the view has as JSON is text here.
 * @param textOf SQL for the text at a path: JSON for an object or array, NULL for null.
 */
export function attributeOfTexts(attribute: Attribute, textOf: (path: readonly string[]) => string): string {
  const type = attributeType(attribute.kinds);
  const texts = attribute.paths.map(path => inObjects(path, textOf(path)));
  if (texts.length === 0) return `null::${type}`;
  const first = texts.length === 1 ? texts[0]! : `coalesce(${texts.join(', ')})`;
  return type === 'VARCHAR' || type === 'JSON' ? first : `try_cast(${first} as ${type})`;
}

/** A key of digits: a JSON pointer takes it for a place in an array as well. */
const DIGITS = /^(?:0|[1-9][0-9]*)$/;

/** SQL for a value at a path that is NULL where the path leads through an array. */
export function inObjects(path: readonly string[], sql: string): string {
  const parents = path.flatMap((key, i) => (DIGITS.test(key) ? [path.slice(0, i)] : []));
  if (parents.length === 0) return sql;
  const tests = parents.map(
    parent => `json_type(payload${parent.length === 0 ? '' : `, ${pointer(parent)}`}) = 'OBJECT'`,
  );
  return `case when ${tests.join(' and ')} then ${sql} end`;
}
