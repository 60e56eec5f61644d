import type { Result } from '../../../core/result.js';
import { describeStore, type ColumnUse } from '../../../query/report/describe-store.js';
import { frameWidth } from '../../../render/fit.js';
import { render } from '../../../render/formats.js';
import { widthOf } from '../../../render/width.js';
import { noTypeText } from '../../shared/no-events-text.js';
import type { Context } from '../../shared/context.js';
import { endInTime } from '../../shared/forced-end.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import type { SchemaOptions } from './options.js';
import { otherTablesText } from './other-tables.js';

/** Length of an example value, in characters: a whole UUID or date, and the minimum when names need the space. */
const EXAMPLE_LENGTH = 40;
const MIN_EXAMPLE_LENGTH = 8;

/** Prints the columns of the tables. */
export async function run(options: SchemaOptions, { streams, signal, readyStores }: Context): Promise<void> {
  const { store, format, table, type } = options;
  const progress = await streams.progress('counting attributes');
  let columns: ColumnUse[];
  try {
    columns = await endInTime(signal, () =>
      describeStore({ dir: store, table, type, signal, readyStores, onDamaged: damagedSegmentWarning(streams) }),
    );
  } finally {
    progress.stop();
  }
  if (type !== undefined && columns.length === 0) {
    await streams.err.write(noTypeText(type));
  }
  await render(format, resultOf(columns, format, streams.columns), text => streams.out.write(text), {
    columns: streams.columns,
    color: streams.color,
    signal,
  });
  if (format === 'table' && table === undefined && type === undefined) {
    await streams.out.write(otherTablesText(store, streams.columns));
  }
}

function resultOf(
  columns: readonly ColumnUse[],
  format: SchemaOptions['format'],
  terminal: number | undefined,
): Result {
  const isTable = format === 'table';
  const cells = columns.map(({ table, column, type, count, share }) => [
    table,
    column,
    isTable ? type.replace(LONG_TYPE, SHORT_TYPE) : type,
    String(count),
    isTable ? `${(share * 100).toFixed(1)}%` : String(share),
  ]);
  const length = isTable && terminal !== undefined ? roomForExamples(cells, terminal) : EXAMPLE_LENGTH;
  const rows = columns.map(({ example }, i) => [...cells[i]!, example === null ? null : cut(example, length)]);
  return {
    columns: [
      ...NAMES.map(name => ({ name, type: 'VARCHAR', kind: 'text' as const })),
      { name: 'count', type: 'BIGINT', kind: 'number' },
      { name: 'share', type: 'DOUBLE', kind: 'number' },
      { name: 'example', type: 'VARCHAR', kind: 'text' },
    ],
    batches: once(rows),
  };
}

const NAMES = ['table', 'column', 'type'];

/** Two names of the same type in DuckDB. */
const LONG_TYPE = 'TIMESTAMP WITH TIME ZONE';
const SHORT_TYPE = 'TIMESTAMPTZ';

/** Maximum length of examples so that the other columns are not cut. */
function roomForExamples(cells: readonly (readonly string[])[], terminal: number): number {
  const widest = (i: number): number => Math.max(5, ...cells.map(row => widthOf(row[i]!)));
  const others = [0, 1, 2, 3, 4].reduce((sum, i) => sum + widest(i), 0);
  return Math.max(MIN_EXAMPLE_LENGTH, Math.min(EXAMPLE_LENGTH, terminal - frameWidth(6) - others));
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield await Promise.resolve(value);
}
