/*
 * DuckDB's binding for Node drops a U+FEFF that a text begins with (its TextDecoder takes it for a byte order mark), so
 * that two types that differ by it only would be one. With a character before it the text comes whole.
 */

/** SQL for a text that {@link unmarked} is read with. */
export function marked(sql: string): string {
  return `'.' || ${sql}`;
}

/** The text of a value of {@link marked}. */
export function unmarked(text: string): string {
  return text.slice(1);
}
