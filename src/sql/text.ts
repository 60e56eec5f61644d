/** A string as a SQL literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as a SQL identifier, whatever is in it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A path of keys as a JSON pointer (RFC 6901), in a SQL literal: takes any key, unlike DuckDB's `$.` paths. */
export function pointer(path: readonly string[]): string {
  return quoteText(path.map(key => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
}
