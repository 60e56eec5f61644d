import { attributeType, isStoreColumn, KIND, type Attribute } from '../../../../core/attribute.js';
import type { SegmentColumn } from '../../../catalog/segments.js';
import { SEALED_COLUMNS } from '../../../sql/core-columns.js';
import { quoteName } from '../../../sql/text.js';

/** Columns that every segment has beside the core columns; an attribute of such a name is stored under another. */
const OWN_COLUMNS: ReadonlySet<string> = new Set([...SEALED_COLUMNS, 'shape', 'payload_sent']);

/** Wider files take more memory to write than they save; what is past it stays in payload. */
const MAX_COLUMNS = 500;

/** A key that fewer rows have than one in so many stays in payload: keys that are data would make a file of empty columns. */
const SPARSE_SHARE = 1000;

/** Marks a column of {@link SegmentColumn} that a segment has in its payloads only. */
export const IN_PAYLOAD = 'PAYLOAD';

/** Marks segments that have text events, at the path of no keys. No attribute can have its name. */
export const TEXTS = 'payload^texts';

/** The column that {@link TEXTS} marks with. */
export const TEXTS_COLUMN: SegmentColumn = { type: IN_PAYLOAD, paths: ['[]'] };

/** Marks segments whose files have a column of severities: those with a key that one may come from. No attribute can have its name. */
export const SEVERITY_MARK = 'payload^severity';

/** The column that {@link SEVERITY_MARK} marks with. */
export const SEVERITY_COLUMN: SegmentColumn = { type: IN_PAYLOAD, paths: [] };

/** Columns whose names begin so, with a `/` or `^` after it, are none of the view's. */
const HIDDEN = 'payload';

/** Values at one path in some rows. */
export interface Leaf {
  readonly path: readonly string[];
  /** Bits of KIND in core/attribute.ts. */
  kinds: number;
  /** How many rows have a value that is no object. */
  rows: number;
  /** True when some value is -0.0. */
  hasNegativeZero?: boolean;
}

/** Names the column that the values at a path are stored in. */
export type NameColumn = (path: readonly string[]) => string;

/** Paths of attributes have their attribute's column; all else, as keys that share a core column's name, one that no attribute can have. */
export function columnNames(attributes: readonly Attribute[]): NameColumn {
  const byPath = new Map<string, string>();
  for (const { name, paths } of attributes) {
    if (isStoreColumn(name) || OWN_COLUMNS.has(name.toLowerCase()) || isHidden(name.toLowerCase())) continue;
    for (const path of paths) byPath.set(JSON.stringify(path), name);
  }
  return path => byPath.get(JSON.stringify(path)) ?? hiddenName(path);
}

/** A JSON pointer (RFC 6901) into the payload; capitals are marked, since names that differ by case only would clash. */
function hiddenName(path: readonly string[]): string {
  const pointer = path.map(key => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return HIDDEN + pointer.replaceAll(/[^\P{L}\p{Ll}\p{Lo}]|\^/gu, letter => `^${letter}`);
}

/** Whether a column is none of the view's: of a key that shares its name with a core column. */
export function isHidden(name: string): boolean {
  return name.startsWith(`${HIDDEN}/`) || name.startsWith(`${HIDDEN}^`);
}

/**
 * The columns of a segment of so many rows, by name: those most rows have; the rest is named as being in payload.
 * @param order the place of a path among those of its attribute, as JSON.
 * @param isViewed whether the value at a path (as JSON) is one of a column of the view.
 */
export function chooseColumns(
  leaves: Iterable<Leaf>,
  rows: number,
  nameOf: NameColumn,
  order: (path: string) => number,
  isViewed: (path: string) => boolean,
): Record<string, SegmentColumn> {
  const found = new Map<string, FoundColumn>();
  for (const leaf of leaves) {
    const name = nameOf(leaf.path);
    const column = found.get(name) ?? { name, kinds: 0, rows: 0, paths: [], hasNegativeZero: false };
    found.set(name, column);
    column.kinds |= leaf.kinds;
    column.rows += leaf.rows;
    column.paths.push(leaf.path);
    column.hasNegativeZero ||= leaf.hasNegativeZero === true;
  }
  const byRows = [...found.values()].sort((a, b) => b.rows - a.rows);
  // Without a prototype: a key may be called `__proto__`.
  const columns = Object.create(null) as Record<string, SegmentColumn>;
  byRows.forEach(({ name, kinds, rows: filled, paths, hasNegativeZero }, i) => {
    const isStored = filled > 0 && i < MAX_COLUMNS && filled * SPARSE_SHARE >= rows;
    const keys = paths.map(path => JSON.stringify(path));
    if (!isStored && !keys.some(isViewed)) return;
    const type = isStored ? storedType(kinds & ~KIND.object) : IN_PAYLOAD;
    columns[name] = {
      type,
      paths: keys.sort((a, b) => order(a) - order(b)),
      ...(isStored && kinds & KIND.object && { isPartial: true }),
      ...(type === 'DOUBLE' && hasNegativeZero && { hasNegativeZeros: true }),
    };
  });
  return columns;
}

/** The type that a file keeps values of some kinds in. DuckDB writes HUGEINT to Parquet as DOUBLE, so none has that. */
function storedType(kinds: number): string {
  const type = attributeType(kinds);
  if (type !== 'HUGEINT') return type;
  return kinds & KIND.long ? DECIMAL : 'UBIGINT';
}

/** The type of a column of integers of at most 38 digits that UBIGINT does not hold. */
export const DECIMAL = 'DECIMAL(38,0)';

/** The leaves of one column, together. */
interface FoundColumn {
  readonly name: string;
  kinds: number;
  rows: number;
  readonly paths: (readonly string[])[];
  hasNegativeZero: boolean;
}

/** The column that is true where the one of this name holds -0.0, and NULL elsewhere. No attribute can have its name. */
export function signName(name: string): string {
  return `${HIDDEN}^-${name}`;
}

/** SQL for the value of a flat column of a file, both zeros told apart. */
export function storedValue(name: string, { hasNegativeZeros }: Pick<SegmentColumn, 'hasNegativeZeros'>): string {
  if (hasNegativeZeros !== true) return quoteName(name);
  return `case when ${quoteName(signName(name))} then '-0.0'::double else ${quoteName(name)} end`;
}

/** The names of the columns of a file that hold the values of `columns`, signs included. */
export function storedNames(columns: Readonly<Record<string, SegmentColumn>>): string[] {
  return Object.entries(columns).flatMap(([name, { type, hasNegativeZeros }]) => {
    if (type === IN_PAYLOAD) return [];
    return hasNegativeZeros === true ? [name, signName(name)] : [name];
  });
}
