import { quoteText } from '../../store/sql/text.js';

const READERS: readonly (readonly [RegExp, (file: string) => string])[] = [
  [/\.parquet$/i, file => `read_parquet(${file})`],
  [/\.(json|ndjson|jsonl)(\.gz|\.zst)?$/i, file => `read_json(${file})`],
  [/\.tsv(\.gz|\.zst)?$/i, file => `read_csv(${file}, delim = '\t')`],
];

/** The table function that reads a file, by its extension; CSV, whose dialect DuckDB detects, for unknown ones. */
export function fileReader(file: string): string {
  const reader = READERS.find(([ending]) => ending.test(file))?.[1] ?? ((path: string) => `read_csv(${path})`);
  return reader(quoteText(file));
}
