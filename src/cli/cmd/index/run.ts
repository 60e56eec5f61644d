import type { Result } from '../../../core/result.js';
import { openReader } from '../../../journal/reader.js';
import { addIndex, dropIndexes, readIndexes, type UserIndex } from '../../../journal/user-indexes.js';
import { defineIndex } from '../../../query/index-definition.js';
import { openSession } from '../../../query/session.js';
import { render } from '../../../render/formats.js';
import type { Context } from '../../context.js';
import type { IndexOptions } from './command.js';

export async function run(options: IndexOptions, context: Context): Promise<void> {
  const { out } = context.streams;
  const { action, attributes, store } = options;
  if (action === 'list') return list(options, context);
  if (action === 'add') return add(options, context);
  openReader(store).close();
  for (const attribute of attributes) {
    const dropped = dropIndexes(store, attribute);
    await out.write(`dropped ${dropped === 1 ? 'the index' : `${dropped} indexes`} on ${attribute}\n`);
  }
}

async function add({ attributes, where, store }: IndexOptions, { streams, signal }: Context): Promise<void> {
  const session = await openSession({ dir: store, signal });
  try {
    const indexes = [];
    for (const attribute of attributes) indexes.push(await defineIndex(session, attribute, where));
    for (const index of indexes) {
      const progress = await streams.progress(`indexing ${index.attribute}`);
      let isNew: boolean;
      try {
        isNew = addIndex(store, index);
      } finally {
        progress.stop();
      }
      const on = index.attribute + (where === undefined ? '' : ` where ${where}`);
      await streams.out.write(isNew ? `added an index on ${on}\n` : `there is an index on ${on} already\n`);
    }
    const { segments } = session.plan;
    if (segments.length > 0) {
      const events = segments.reduce((sum, segment) => sum + segment.events, 0).toLocaleString('en-US');
      await streams.err.write(
        `note: indexes are for events in telemetry.db; ${events} are in the archive. To have all there: telemetry archive convert --to none\n`,
      );
    }
  } finally {
    session.close();
  }
}

async function list({ store, format }: IndexOptions, { streams }: Context): Promise<void> {
  const reader = openReader(store);
  let indexes: UserIndex[];
  try {
    indexes = readIndexes(key => reader.setting(key));
  } finally {
    reader.close();
  }
  if (format === 'json') {
    await streams.out.write(
      `${JSON.stringify(indexes.map(({ attribute, where = null }) => ({ attribute, where })))}\n`,
    );
    return;
  }
  const { columns, color } = streams;
  await render('table', listTable(indexes), text => streams.out.write(text), { columns, color });
}

function listTable(indexes: readonly UserIndex[]): Result {
  return {
    columns: ['attribute', 'where'].map(name => ({ name, type: 'VARCHAR', kind: 'text' })),
    batches: (async function* () {
      yield await Promise.resolve(indexes.map(({ attribute, where = '' }) => [attribute, where]));
    })(),
  };
}
