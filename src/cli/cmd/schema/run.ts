import type { Result } from '../../../core/result.js';
import { describeStore, type ColumnUse } from '../../../query/describe-store.js';
import { render } from '../../../render/formats.js';
import type { Context } from '../../context.js';
import { damageNote } from '../../damage-note.js';
import type { SchemaOptions } from './command.js';

/** How much of an example value is shown: enough to tell a UUID or a date by. */
const EXAMPLE_LENGTH = 40;

/** Prints what there is to query. */
export async function run({ store, format }: SchemaOptions, { streams, signal }: Context): Promise<void> {
  const progress = await streams.progress('Counting attributes');
  let columns: ColumnUse[];
  try {
    columns = await describeStore({ dir: store, signal, onDamaged: damageNote(streams) });
  } finally {
    progress.stop();
  }
  await render(format, resultOf(columns, format), text => streams.out.write(text), {
    columns: streams.columns,
    color: streams.color,
    signal,
  });
}

function resultOf(columns: readonly ColumnUse[], format: SchemaOptions['format']): Result {
  const share = (value: number): string => (format === 'table' ? `${(value * 100).toFixed(1)}%` : String(value));
  const rows = columns.map(use => [
    use.table,
    use.column,
    use.type,
    String(use.count),
    share(use.share),
    use.example === null ? null : cut(use.example),
  ]);
  return {
    columns: [
      { name: 'table', type: 'VARCHAR', kind: 'text' },
      { name: 'column', type: 'VARCHAR', kind: 'text' },
      { name: 'type', type: 'VARCHAR', kind: 'text' },
      { name: 'count', type: 'BIGINT', kind: 'number' },
      { name: 'share', type: 'DOUBLE', kind: format === 'table' ? 'text' : 'number' },
      { name: 'example', type: 'VARCHAR', kind: 'text' },
    ],
    batches: once(rows),
  };
}

function cut(text: string): string {
  if (text.length <= EXAMPLE_LENGTH) return text;
  return `${text.slice(0, EXAMPLE_LENGTH - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield await Promise.resolve(value);
}
