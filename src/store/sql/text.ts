/** A string as a SQL literal; a NUL, at which DuckDB's C API ends a statement, as an expression. */
export function quoteText(text: string): string {
  const literal = `'${text.replaceAll("'", "''")}'`;
  return literal.includes('\0') ? `(${literal.replaceAll('\0', "' || chr(0) || '")})` : literal;
}

/** A name as a quoted SQL identifier; it may contain any character. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A path of keys as a JSON pointer (RFC 6901), in a SQL literal: takes any key, unlike DuckDB's `$.` paths. */
export function pointer(path: readonly string[]): string {
  return quoteText(path.map(key => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
}

/**
 * Values up to this many have expressions; further ones share a lambda, which takes a row longer and the binder far
 * less.
 */
const MAX_EXPRESSIONS = 4;

/**
 * SQL for the first value that is not NULL of what an expression makes of texts. Binding an expression that names its
 * text often takes DuckDB up to a millisecond a text.
 */
export function firstOf(texts: readonly string[], expression: (text: string) => string): string[] {
  const rest = texts.slice(MAX_EXPRESSIONS);
  const direct = texts.slice(0, MAX_EXPRESSIONS).map(expression);
  if (rest.length === 0) return direct;
  const given = `list_filter([${rest.join(', ')}], lambda given_: given_ is not null)`;
  return [...direct, `list_any_value(list_transform(${given}, lambda given_: ${expression('given_')}))`];
}

/** The values of which {@link coalesced} takes the first that is neither NULL nor empty, else an empty one. */
export function nonEmptyFirst(texts: readonly string[]): string[] {
  return texts.length < 2 ? [...texts] : [...texts.map(text => `nullif(${text}, '')`), ...texts];
}

/** SQL for the first value that is not NULL, also of none. */
export function coalesced(values: readonly string[], type: string): string {
  if (values.length === 0) return `null::${type}`;
  return values.length === 1 ? values[0]! : `coalesce(${values.join(', ')})`;
}
