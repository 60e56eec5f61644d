import { attributeType, isCoreColumn, KIND, type Attribute } from '../core/attribute.js';
import { pointer } from './text.js';

/** The attributes that are columns: not those that share a core column's name, nor keys that only ever held objects. */
export function viewAttributes(attributes: readonly Attribute[]): Attribute[] {
  return attributes.filter(({ name, kinds }) => !isCoreColumn(name) && kinds !== KIND.object);
}

/** An attribute's value over `payload`. */
export function attributeSql({ paths, kinds }: Attribute): string {
  const type = attributeType(kinds);
  const texts = paths.map(path => {
    const at = pointer(path);
    const guarded = (sql: string): string => inObjects(path, sql);
    if (type === 'JSON') {
      const value = `json_extract(payload, ${at})`;
      return (kinds & (KIND.object | KIND.null)) === 0
        ? guarded(value)
        : guarded(`case when json_type(payload, ${at}) = 'ARRAY' then ${value} end`);
    }
    const text = `json_extract_string(payload, ${at})`;
    return guarded(
      (kinds & KIND.object) === 0 ? text : `case when json_type(payload, ${at}) <> 'OBJECT' then ${text} end`,
    );
  });
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
