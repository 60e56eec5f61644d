import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import type { DiffColumn } from './columns.js';
import { comparedRows, type Comparison, type Measured } from './measure.js';
import type { Sides } from './statistics.js';

/** The numbers of a column in ranges, by their upper ends, and the events of both sides in each. */
export interface RangeCounts {
  /** Ascending, as text; the last bin has none. */
  readonly edges: readonly string[];
  /** One more than edges: those up to each, and those above the last. */
  readonly bins: readonly Sides[];
  /** The events without a number. */
  readonly missing: Sides;
}

/** Rows of each side that the edges of ranges are taken from; the events within are then counted over all rows. */
const MAX_EDGE_ROWS = 10_000;

/** Columns of one scan: quantiles hold the rows of all of them in memory. */
const MAX_RANGED_COLUMNS = 100;

/** Significant digits of an edge, for people, where neighbours stay apart. */
const EDGE_DIGITS = 3;

/**
 * Counts the numbers of columns in ranges between quantiles of both sides, over all events.
 * @param quantiles ascending, each between 0 and 1
 * @returns the counts in the order of the columns
 */
export async function countRanges(
  session: Session,
  comparison: Comparison,
  columns: readonly Measured[],
  all: Sides,
  quantiles: readonly number[],
): Promise<RangeCounts[]> {
  const counts: RangeCounts[] = [];
  for (let from = 0; from < columns.length; from += MAX_RANGED_COLUMNS) {
    const part = columns.slice(from, from + MAX_RANGED_COLUMNS);
    const edges = await edgesOf(session, comparison, part, all, quantiles);
    counts.push(...(await countWithin(session, comparison, part, edges, all)));
  }
  return counts;
}

/** Returns the edges of each column: quantiles of some rows of both sides, the same rows each time. */
async function edgesOf(
  session: Session,
  comparison: Comparison,
  columns: readonly Measured[],
  all: Sides,
  quantiles: readonly number[],
): Promise<string[][]> {
  // Where the divisor varies, DuckDB computes in 128 bits, which takes ten times as long.
  const [some, others] = [all.matching, all.others].map(count => `hash(event_id) % ${stepFor(count)} = 0`);
  const rows = comparedRows(
    comparison,
    columns,
    `case when is_match then ${some} when not is_match then ${others} end`,
  );
  const lists = columns.flatMap((_, i) =>
    ['is_match', 'not is_match'].map(side => `quantile_disc(c${i}, [${quantiles.join(', ')}]) filter (${side})`),
  );
  const [row] = await rowsOf(await session.query(`select ${lists.join(', ')} from ${rows}`));
  return columns.map((column, i) =>
    edgesFrom([numbersIn(row![2 * i] ?? null), numbersIn(row![2 * i + 1] ?? null)], column),
  );
}

function stepFor(rows: number): number {
  return Math.max(1, Math.ceil(rows / MAX_EDGE_ROWS));
}

function numbersIn(list: string | null): number[] {
  return list === null ? [] : (JSON.parse(list) as (number | string | null)[]).map(Number).filter(isExact);
}

/** False for a number that JavaScript or a literal cannot hold: it makes no edge. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

/**
 * Edges at quantiles of both sides, rounded where they stay apart. A number that is several quantiles of one side is
 * frequent, and gets a range to itself.
 */
function edgesFrom(sides: readonly (readonly number[])[], column: Pick<DiffColumn, 'values'>): string[] {
  const frequent = new Set(sides.flatMap(side => side.filter((value, i) => i > 0 && value === side[i - 1])));
  const exact = [...new Set([...sides.flat(), ...[...frequent].map(value => justBelow(column, value))])];
  exact.sort((a, b) => a - b);
  const kept = new Set([...frequent].flatMap(value => [value, justBelow(column, value)]));
  const edges: number[] = [];
  exact.forEach((value, i) => {
    const short = Number(value.toPrecision(EDGE_DIGITS));
    const isFree = short > (edges.at(-1) ?? -Infinity) && short < (exact[i + 1] ?? Infinity);
    const edge = !kept.has(value) && isFree ? short : value;
    if (edge > (edges.at(-1) ?? -Infinity)) edges.push(edge);
  });
  return edges.map(String);
}

/** Returns the next lower number of the column's type. */
export function justBelow({ values }: Pick<DiffColumn, 'values'>, value: number): number {
  if (values === 'integer') return value - 1;
  if (value === 0) return -Number.MIN_VALUE;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return bits.getFloat64(0);
}

async function countWithin(
  session: Session,
  comparison: Comparison,
  columns: readonly Measured[],
  edges: readonly (readonly string[])[],
  all: Sides,
): Promise<RangeCounts[]> {
  const rows = comparedRows(comparison, columns);
  const lists = columns.map(({ values }, i) => {
    const type = values === 'integer' ? 'bigint' : 'double';
    return `map_values(histogram(c${i}, [${edges[i]!.join(', ')}]::${type}[])), count(c${i})`;
  });
  const sql = `select is_match, ${lists.join(', ')} from ${rows} group by is_match`;
  const found = await rowsOf(await session.query(sql));
  const row = (side: string): readonly (string | null)[] => found.find(([match]) => match === side) ?? [];
  const [matching, others] = [row('true'), row('false')];
  return columns.map((_, i) => {
    const count = edges[i]!.length + 1;
    const [a, b] = [matching, others].map(side => binsOf(side[1 + 2 * i] ?? null, count));
    return {
      edges: edges[i]!,
      bins: a!.map((events, bin) => ({ matching: events, others: b![bin]! })),
      missing: {
        matching: all.matching - Number(matching[2 + 2 * i] ?? 0),
        others: all.others - Number(others[2 + 2 * i] ?? 0),
      },
    };
  });
}

/** The counts of a histogram, which lacks the last bin when it is empty. */
function binsOf(list: string | null, count: number): number[] {
  const counts = list === null ? [] : (JSON.parse(list) as (number | string)[]).map(Number);
  return Array.from({ length: count }, (_, i) => counts[i] ?? 0);
}
