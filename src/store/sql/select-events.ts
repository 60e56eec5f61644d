import {
  COMPUTED_COLUMNS,
  CORE_COLUMNS,
  type Attribute,
  type ComputedColumn,
  type CoreColumn,
} from '../../core/attribute.js';
import { attributeSql } from './attribute.js';
import { quoteName } from './text.js';

/** The columns of a query for rows of the view `events`. */
export interface EventColumns {
  /** The attributes that are columns, after the core columns. */
  readonly columns: readonly Attribute[];
  /** The core columns that are not; never those that a condition reads: id, received_at and time. Default none. */
  readonly leftOut?: ReadonlySet<CoreColumn>;
}

/** SQL for core columns that a query reads by other SQL than their names. */
export type CoreSql = Partial<Readonly<Record<CoreColumn, string>>>;

/**
 * Returns the list of a SELECT for rows of the view `events`.
 * @param core SQL for the core columns; by default their names
 * @param values SQL for each attribute of `columns`
 */
export function eventColumnList({ columns, leftOut }: EventColumns, core: CoreSql, values: readonly string[]): string {
  const all: CoreSql = { insert_datetime: 'received_at', ...core };
  const list = CORE_COLUMNS.filter(name => leftOut?.has(name) !== true).map(name => {
    const sql = all[name];
    return sql === undefined ? quoteName(name) : `${sql} as ${quoteName(name)}`;
  });
  return [...list, ...columns.map(({ name }, i) => `${values[i]!} as ${quoteName(name)}`)].join(',\n');
}

/**
 * Returns a query for the columns of the view `events` over rows of events: id, stream_id, received_at (TIMESTAMPTZ),
 * payload, encoding and the computed core columns.
 * @param value SQL for an attribute's value that is not taken from the payload
 * @param computed SQL for a core column that the rows lack
 */
export function selectEvents(
  shown: EventColumns,
  rows: string,
  value: (attribute: Attribute, index: number) => string = attribute => attributeSql(attribute),
  computed?: (name: ComputedColumn) => string | undefined,
): string {
  const core: CoreSql = Object.fromEntries(
    COMPUTED_COLUMNS.flatMap(name => {
      const sql = computed?.(name);
      return sql === undefined ? [] : [[name, sql]];
    }),
  );
  return `select ${eventColumnList(shown, core, shown.columns.map(value))} from (${rows})`;
}
