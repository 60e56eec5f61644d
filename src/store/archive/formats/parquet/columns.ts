import { attributeType, isStoreColumn, KIND, type Attribute } from '../../../../core/attribute.js';
import type { SegmentColumn } from '../../../catalog/segments.js';
import { SEALED_COLUMNS } from '../../../sql/core-columns.js';
import { quoteName } from '../../../sql/text.js';

/** Columns of every segment other than core columns. An attribute with such a name is stored under another name. */
const OWN_COLUMNS: ReadonlySet<string> = new Set([...SEALED_COLUMNS, 'shape', 'payload_sent']);

/**
 * Most flat columns of a file; other values stay in the payload. Wider files take more memory to write than they save.
 */
const MAX_COLUMNS = 500;

/**
 * A key stays in the payload when fewer than one row in this many has it: keys that are data would make a file of empty
 * columns.
 */
const SPARSE_SHARE = 1000;

/** Type of a {@link SegmentColumn} whose values are in the payloads only. */
export const IN_PAYLOAD = 'PAYLOAD';

/** Marks segments that have text events, by the empty path. An attribute cannot have this name. */
export const TEXTS = 'payload^texts';

/** The column that marks with {@link TEXTS}. */
export const TEXTS_COLUMN: SegmentColumn = { type: IN_PAYLOAD, paths: ['[]'] };

/**
 * Marks segments whose files have a column of severities: those with a key that a severity may come from. An attribute
 * cannot have this name.
 */
export const SEVERITY_MARK = 'payload^severity';

/** The column that marks with {@link SEVERITY_MARK}. */
export const SEVERITY_COLUMN: SegmentColumn = { type: IN_PAYLOAD, paths: [] };

/** Prefix of columns that the view hides; `/` or `^` follows. */
const HIDDEN = 'payload';

/** The values at one path in some rows. */
export interface Leaf {
  readonly path: readonly string[];
  /** Bits of KIND in core/attribute.ts. */
  kinds: number;
  /** Number of rows with a value that is not an object. */
  rows: number;
  /** True when some value is -0.0. */
  hasNegativeZero?: boolean;
}

/** Returns the name of the column that stores the values at a path. */
export type NameColumn = (path: readonly string[]) => string;

/**
 * Names the columns of paths: an attribute's path by the attribute, any other path, such as a key with the name of a
 * core column, by a name that attributes cannot have.
 */
export function columnNames(attributes: readonly Attribute[]): NameColumn {
  const byPath = new Map<string, string>();
  for (const { name, paths } of attributes) {
    if (isStoreColumn(name) || OWN_COLUMNS.has(name.toLowerCase()) || isHidden(name.toLowerCase())) continue;
    for (const path of paths) byPath.set(JSON.stringify(path), name);
  }
  return path => byPath.get(JSON.stringify(path)) ?? hiddenName(path);
}

/**
 * A JSON pointer (RFC 6901) into the payload. Capitals are marked, since names that differ only in case would clash.
 */
function hiddenName(path: readonly string[]): string {
  const pointer = path.map(key => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return HIDDEN + pointer.replaceAll(/[^\P{L}\p{Ll}\p{Lo}]|\^/gu, letter => `^${letter}`);
}

/** True for a column that the view hides: that of a key with the name of a core column. */
export function isHidden(name: string): boolean {
  return name.startsWith(`${HIDDEN}/`) || name.startsWith(`${HIDDEN}^`);
}

/**
 * Chooses the columns of a segment, by name: those that most rows have. The others are listed as in the payload.
 * @param order the index of a path (as JSON) among those of its attribute.
 * @param isViewed true when the value at a path (as JSON) is in a column of the view.
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

/**
 * The type that a file stores values of some kinds in. It is never HUGEINT, which DuckDB writes to Parquet as DOUBLE.
 */
function storedType(kinds: number): string {
  const type = attributeType(kinds);
  if (type !== 'HUGEINT') return type;
  return kinds & KIND.long ? DECIMAL : 'UBIGINT';
}

/** The type of integers of at most 38 digits that do not fit UBIGINT. */
export const DECIMAL = 'DECIMAL(38,0)';

/** The leaves that share a column. */
interface FoundColumn {
  readonly name: string;
  kinds: number;
  rows: number;
  readonly paths: (readonly string[])[];
  hasNegativeZero: boolean;
}

/** The column that is true where the column of this name holds -0.0, else NULL. An attribute cannot have this name. */
export function signName(name: string): string {
  return `${HIDDEN}^-${name}`;
}

/** SQL for the value of a flat column, with -0.0 restored. */
export function storedValue(name: string, { hasNegativeZeros }: Pick<SegmentColumn, 'hasNegativeZeros'>): string {
  if (hasNegativeZeros !== true) return quoteName(name);
  return `case when ${quoteName(signName(name))} then '-0.0'::double else ${quoteName(name)} end`;
}

/** The names of the file's columns that hold the values of `columns`, signs included. */
export function storedNames(columns: Readonly<Record<string, SegmentColumn>>): string[] {
  return Object.entries(columns).flatMap(([name, { type, hasNegativeZeros }]) => {
    if (type === IN_PAYLOAD) return [];
    return hasNegativeZeros === true ? [name, signName(name)] : [name];
  });
}
