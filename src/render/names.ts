import type { Column } from '../core/result.js';

/** The names of the columns, made unique: the second `a` is `a_1`, the third `a_2`, as DuckDB names them in a table. */
export function uniqueNames(columns: readonly Column[]): string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    let unique = name;
    for (let suffix = 1; taken.has(unique); suffix++) unique = `${name}_${suffix}`;
    taken.add(unique);
    return unique;
  });
}
