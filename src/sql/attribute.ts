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
    if (type === 'JSON') {
      const value = `json_extract(payload, ${at})`;
      return (kinds & (KIND.object | KIND.null)) === 0
        ? value
        : `case when json_type(payload, ${at}) = 'ARRAY' then ${value} end`;
    }
    const text = `json_extract_string(payload, ${at})`;
    return (kinds & KIND.object) === 0 ? text : `case when json_type(payload, ${at}) <> 'OBJECT' then ${text} end`;
  });
  const first = texts.length === 1 ? texts[0]! : `coalesce(${texts.join(', ')})`;
  return type === 'VARCHAR' || type === 'JSON' ? first : `try_cast(${first} as ${type})`;
}
