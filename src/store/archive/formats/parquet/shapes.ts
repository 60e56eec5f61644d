import type { SegmentColumn } from '../../../catalog/segments.js';
import { AS_SENT } from '../../../shape/styles/list-style.js';
import { printShape, type Shape } from '../../../shape/shape.js';
import { IN_PAYLOAD } from './columns.js';
import type { ShapeRows } from './flat-columns.js';
import type { FindColumn } from './rebuild.js';

/** Most shapes that one segment is rebuilt with: a query takes long to bind more. */
const MAX_SHAPES = 200;

/**
 * With more batch shapes than this in a segment, only those of one event in `RARE_SHARE` get a number in the catalog.
 */
const NUMBERED_SHAPES_THRESHOLD = 64;
const RARE_SHARE = 1000;

/** A variant of a batch shape, with its number in the catalog. */
export interface NumberedShape {
  readonly batchShape: number;
  /** The index of the variant among those of the batch shape, tried in this order. */
  readonly variant: number;
  readonly number: number;
  readonly shape: Shape;
}

/** Returns a function that finds the column of a path; it skips columns whose values are in the payload only. */
export function finder(columns: Readonly<Record<string, SegmentColumn>>): FindColumn {
  const byPath = new Map(
    Object.entries(columns).flatMap(([name, column]) =>
      column.type === IN_PAYLOAD ? [] : column.paths.map(path => [path, { ...column, name }] as const),
    ),
  );
  return path => byPath.get(JSON.stringify(path));
}

/** Numbers the shapes that a segment is rebuilt with: those of enough events, whose values all have columns. */
export function numberedShapes(
  shapeRows: readonly ShapeRows[],
  events: number,
  find: FindColumn,
  number: (shapes: readonly string[]) => ReadonlyMap<string, number>,
): NumberedShape[] {
  const common = shapeRows
    .filter(({ rows }) => shapeRows.length <= NUMBERED_SHAPES_THRESHOLD || rows * RARE_SHARE >= events)
    .sort((a, b) => b.rows - a.rows)
    .flatMap(({ batchShape }) =>
      batchShape.variants.map((shape, variant) => ({
        batchShape: batchShape.number,
        variant,
        shape,
        text: printShape(shape),
      })),
    )
    .filter(({ shape }) => shape.slots.every(({ path }) => find(path) !== undefined))
    .slice(0, MAX_SHAPES);
  const numbers = number(common.map(({ text }) => text));
  return common.flatMap(({ text, ...numbered }) => {
    const found = numbers.get(text);
    return found === undefined ? [] : [{ ...numbered, number: found }];
  });
}

/** Lists that some shapes keep as sent, in JSON columns. */
export interface ListsAsSent {
  /** SQL that adds these lists to the columns of EVENTS_TABLE. */
  readonly values: string;
  /** SQL for the text of a value at a path (as JSON): the list as sent if it is one, else `text`. */
  readonly text: (path: string, text: string) => string;
  /** Marks the columns that have such lists. */
  readonly mark: (columns: Record<string, SegmentColumn>) => Record<string, SegmentColumn>;
}

/** Finds the lists. A column that has other texts keeps lists in DuckDB's style. */
export function listsAsSent(
  shapeRows: readonly ShapeRows[],
  columns: Readonly<Record<string, SegmentColumn>>,
): ListsAsSent {
  const jsonPaths = new Set(Object.values(columns).flatMap(({ type, paths }) => (type === 'JSON' ? paths : [])));
  const cases = new Map<string, string[]>();
  const own = new Set<number>();
  for (const { batchShape } of shapeRows) {
    const lists = (batchShape.variants[0]?.slots ?? []).filter(({ kind }) => kind === 'a');
    for (const [i, { path, style }] of lists.entries()) {
      const key = JSON.stringify(path);
      if (style !== AS_SENT || !jsonPaths.has(key)) continue;
      cases.set(key, [...(cases.get(key) ?? []), `when ${batchShape.number} then "payload^lists"[${i + 1}]`]);
      own.add(batchShape.number);
    }
  }
  return {
    values:
      own.size === 0
        ? ''
        : `, case when form in (${[...own].join(', ')}) then string_split(list_slices(payload), chr(1)) end as "payload^lists"`,
    text(path, text) {
      const whens = cases.get(path);
      return whens ? `case form ${whens.join(' ')} else ${text} end` : text;
    },
    mark: all =>
      Object.fromEntries(
        Object.entries(all).map(([name, column]) => [
          name,
          column.paths.some(path => cases.has(path)) ? { ...column, isAsSent: true } : column,
        ]),
      ),
  };
}
