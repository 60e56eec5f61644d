import { TelemetryError } from '../../core/errors.js';
import type { Column } from '../../core/result.js';
import type { ChartType } from './chart.js';
import { MAX_SERIES } from './series-color.js';

/** The names of columns whose text is the unit of the values. */
const UNIT_NAMES = ['metric_unit', 'unit'];

/** The parts of a chart that the user named; columns by name. */
export interface Wish {
  readonly type?: ChartType | undefined;
  readonly x?: string | undefined;
  readonly y?: readonly string[] | undefined;
  readonly by?: string | undefined;
}

/** The columns that the parts of a chart are read from, by index. */
export interface Roles {
  readonly type: ChartType;
  readonly x: number | undefined;
  /** Empty when rows are counted. */
  readonly y: readonly number[];
  readonly by: number | undefined;
  readonly unit: number | undefined;
}

/** The facts about the rows that the choice of a type needs. */
export interface RowFacts {
  readonly rows: number;
  /** The number of different values in a column. */
  distinct(column: number): number;
}

/**
 * Chooses the type of a chart and its columns by their kinds, as far as the user did not:
 *
 * - time and numbers: line; with a text column a series for each of its values, and with more values than can be told
 *   apart a heatmap with a row for each
 * - text and numbers: bar; a second text column makes series
 * - one number: histogram; two or more: scatter of the first two; in a single row: a bar for each
 * - a time alone: histogram of times; a text alone: bar, of the number of rows
 *
 * @throws TelemetryError `usage` when a named column does not exist or the columns do not make the chart.
 */
export function assignColumns(columns: readonly Column[], wish: Wish, facts: RowFacts): Roles {
  const [x, by] = [wish.x, wish.by].map(name => (name === undefined ? undefined : indexOf(columns, name)));
  const y = (wish.y ?? []).map(name => indexOf(columns, name));
  for (const index of y) requireNumber(columns[index]!);
  const taken = new Set([x, by, ...y]);
  const free = columns.flatMap((column, index) => (taken.has(index) ? [] : [{ ...column, index }]));
  const unit = free.find(({ name, kind }) => kind === 'text' && UNIT_NAMES.includes(name))?.index;
  const pick = (test: (kind: Column['kind']) => boolean): number[] =>
    free.filter(({ kind, index }) => index !== unit && test(kind)).map(({ index }) => index);
  const pool: Pool = {
    times: pick(kind => kind === 'time'),
    numbers: pick(kind => kind === 'number'),
    texts: pick(kind => kind !== 'time' && kind !== 'number'),
  };
  const type = wish.type ?? typeOf(columns, { x, y, by }, pool, facts);
  const roles = rolesOf(type, { x, y, by }, pool, facts);
  requireColumns(type, roles, columns);
  return { type, ...roles, unit };
}

interface Given {
  readonly x: number | undefined;
  readonly y: readonly number[];
  readonly by: number | undefined;
}

/** The columns that are not named, by kind. */
interface Pool {
  readonly times: readonly number[];
  readonly numbers: readonly number[];
  readonly texts: readonly number[];
}

function typeOf(columns: readonly Column[], { x, y, by }: Given, pool: Pool, facts: RowFacts): ChartType {
  const { times, numbers, texts } = pool;
  const values = y.length + numbers.length;
  const kind = x === undefined ? (times.length > 0 ? 'time' : texts.length > 0 ? 'text' : 'number') : columns[x]!.kind;
  if (kind === 'time') {
    if (values === 0) return 'histogram';
    const series = by ?? texts[0];
    return series !== undefined && facts.distinct(series) > MAX_SERIES ? 'heatmap' : 'line';
  }
  if (kind !== 'number') return 'bar';
  if (x !== undefined) return values > 0 ? 'scatter' : 'histogram';
  if (facts.rows === 1) return 'bar';
  return values > 1 ? 'scatter' : 'histogram';
}

function rolesOf(type: ChartType, given: Given, pool: Pool, facts: RowFacts): Given {
  const { times, numbers, texts } = pool;
  if (type === 'histogram') return { x: given.x ?? given.y[0] ?? numbers[0] ?? times[0], y: [], by: given.by };
  if (type === 'bar') {
    const isOneRow = facts.rows === 1 && texts.length + times.length === 0;
    const x =
      given.x ?? texts.find(text => text !== given.by) ?? times[0] ?? (isOneRow ? undefined : first(numbers, given));
    const y = given.y.length > 0 ? given.y : numbers.filter(index => index !== x);
    return { x, y, by: given.by ?? texts.find(index => index !== x) };
  }
  const x = given.x ?? times[0] ?? numbers[0];
  const rest = numbers.filter(index => index !== x);
  const by = given.by ?? texts.find(index => index !== x);
  const only = type === 'scatter' || type === 'heatmap' || by !== undefined;
  return { x, y: given.y.length > 0 ? given.y : only ? rest.slice(0, 1) : rest, by };
}

/** The first number as a label, where another is left for the value. */
function first(numbers: readonly number[], { y }: Given): number | undefined {
  return y.length + numbers.length > 1 ? numbers[0] : undefined;
}

function requireColumns(type: ChartType, { x, y }: Given, columns: readonly Column[]): void {
  const kind = x === undefined ? undefined : columns[x]!.kind;
  const isOrdered = kind === 'time' || kind === 'number';
  if (
    type === 'bar'
      ? x !== undefined || y.length > 0
      : type === 'histogram' || type === 'heatmap'
        ? isOrdered
        : isOrdered && y.length > 0
  )
    return;
  const needs = NEEDS[type];
  const has = columns.map(({ name, type: sql }) => `${name} (${sql})`).join(', ');
  throw new TelemetryError(
    'usage',
    `a ${type} chart needs ${needs}, but the result has ${has === '' ? 'no columns' : has}`,
    {
      remedy: 'Select such columns, choose another --type, or name the columns with --x, --y and --by.',
    },
  );
}

const NEEDS: Readonly<Record<ChartType, string>> = {
  line: 'a time or number for x, and a number for y',
  area: 'a time or number for x, and a number for y',
  scatter: 'a time or number for x, and a number for y',
  bar: 'a column for the labels or a number',
  heatmap: 'a time or number for x',
  histogram: 'a number or a time',
};

function indexOf(columns: readonly Column[], name: string): number {
  const exact = columns.findIndex(column => column.name === name);
  const index = exact >= 0 ? exact : columns.findIndex(column => column.name.toLowerCase() === name.toLowerCase());
  if (index >= 0) return index;
  throw new TelemetryError('usage', `the result has no column ${name}`, {
    remedy: `Its columns are ${columns.map(column => column.name).join(', ')}.`,
  });
}

function requireNumber({ name, kind, type }: Column): void {
  if (kind === 'number') return;
  throw new TelemetryError('usage', `--y ${name} is of type ${type}, and y takes a number`, {
    remedy: `Compute a number in the SQL, such as count(${name}).`,
  });
}
