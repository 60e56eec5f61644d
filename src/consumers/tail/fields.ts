/** A JSON string, or a number as it was sent. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Marks a string that replaces a number, so that its digits survive JSON.parse. */
const NUMBER_MARK = '\u0000';

/**
 * The leaves of a payload as text: dotted key and value, in the order sent; arrays as JSON. A payload other than an
 * object has the key ``.
 */
export function fieldsOf(payload: string): [key: string, value: string][] {
  const value: unknown = JSON.parse(
    payload.replace(STRING_OR_NUMBER, token => (token.startsWith('"') ? token : JSON.stringify(NUMBER_MARK + token))),
  );
  return [...leaves('', value)];
}

function* leaves(key: string, value: unknown): Generator<[string, string]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    yield [key, textOf(value)];
    return;
  }
  const entries = Object.entries(value);
  if (entries.length === 0 && key !== '') yield [key, '{}'];
  for (const [name, inner] of entries) yield* leaves(key === '' ? name : `${key}.${name}`, inner);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.replace(NUMBER_MARK, '') : jsonOf(value);
}

function jsonOf(value: unknown): string {
  if (typeof value === 'string') return value.startsWith(NUMBER_MARK) ? value.slice(1) : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, inner]) => `${JSON.stringify(name)}:${jsonOf(inner)}`)
    .join(',')}}`;
}
