import type { Result } from '../../../core/result.js';
import { describeStore, type ColumnUse } from '../../../query/report/describe-store.js';
import { frameWidth } from '../../../render/fit.js';
import { render } from '../../../render/formats.js';
import { widthOf } from '../../../render/width.js';
import type { Context } from '../../shared/context.js';
import { endInTime } from '../../shared/forced-end.js';
import { damageNote } from '../../shared/damaged-segment-warning.js';
import type { SchemaOptions } from './options.js';

/** How much of an example value is shown: enough to tell a UUID or a date by, and where names need the room, the least. */
const EXAMPLE_LENGTH = 40;
const LEAST_EXAMPLE_LENGTH = 8;

/** Prints what there is to query. */
export async function run(options: SchemaOptions, { streams, signal }: Context): Promise<void> {
  const { store, format, table, type } = options;
  const progress = await streams.progress('Counting attributes');
  let columns: ColumnUse[];
  try {
    columns = await endInTime(signal, () =>
      describeStore({ dir: store, table, type, signal, onDamaged: damageNote(streams) }),
    );
  } finally {
    progress.stop();
  }
  if (type !== undefined && columns.length === 0) {
    await streams.err.write(`no event is of the type "${type}"; telemetry stats lists the types\n`);
  }
  await render(format, resultOf(columns, format, streams.columns), text => streams.out.write(text), {
    columns: streams.columns,
    color: streams.color,
    signal,
  });
}

function resultOf(
  columns: readonly ColumnUse[],
  format: SchemaOptions['format'],
  terminal: number | undefined,
): Result {
  const isTable = format === 'table';
  const facts = columns.map(({ table, column, type, count, share }) => [
    table,
    column,
    isTable ? type.replace(LONG_TYPE, SHORT_TYPE) : type,
    String(count),
    isTable ? `${(share * 100).toFixed(1)}%` : String(share),
  ]);
  const length = isTable && terminal !== undefined ? roomForExamples(facts, terminal) : EXAMPLE_LENGTH;
  const rows = columns.map(({ example }, i) => [...facts[i]!, example === null ? null : cut(example, length)]);
  return {
    columns: [
      ...NAMES.map(name => ({ name, type: 'VARCHAR', kind: 'text' as const })),
      { name: 'count', type: 'BIGINT', kind: 'number' },
      { name: 'share', type: 'DOUBLE', kind: isTable ? 'text' : 'number' },
      { name: 'example', type: 'VARCHAR', kind: 'text' },
    ],
    batches: once(rows),
  };
}

const NAMES = ['table', 'column', 'type'];

/** DuckDB takes either name for the type. */
const LONG_TYPE = 'TIMESTAMP WITH TIME ZONE';
const SHORT_TYPE = 'TIMESTAMPTZ';

/** How long examples may be so that the columns before them are not cut. */
function roomForExamples(facts: readonly (readonly string[])[], terminal: number): number {
  const widest = (i: number): number => Math.max(5, ...facts.map(row => widthOf(row[i]!)));
  const others = [0, 1, 2, 3, 4].reduce((sum, i) => sum + widest(i), 0);
  return Math.max(LEAST_EXAMPLE_LENGTH, Math.min(EXAMPLE_LENGTH, terminal - frameWidth(6) - others));
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield await Promise.resolve(value);
}
