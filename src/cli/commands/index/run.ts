import { archiveKind } from '../../../store/archive/formats/registry.js';
import { readServerFile } from '../../../client/server-file.js';
import { TelemetryError } from '../../../core/errors.js';
import { openReader } from '../../../store/journal/reader.js';
import { addIndex, dropIndexes, readIndexes, type UserIndex } from '../../../store/catalog/user-indexes.js';
import { defineIndex } from '../../../query/index-definition.js';
import { openSession } from '../../../query/session.js';
import { render } from '../../../render/formats.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { printOutcome } from '../../shared/outcome.js';
import { columnsOf, printReport, resultOf } from '../../shared/report.js';
import type { IndexOptions } from './options.js';

/**
 * With more events than this, no index is made beside a server: it stores nothing until the index is made, some two
 * seconds for each million, and gives up waiting for the database's lock after five.
 */
const MAX_EVENTS_BESIDE_SERVER = 2_000_000;

const number = new Intl.NumberFormat('en-US');

/** What was done about one attribute's indexes. */
interface Outcome {
  readonly text: string;
  readonly json: unknown;
}

export async function run(options: IndexOptions, context: Context): Promise<void> {
  const { action } = options;
  if (action === 'list') return list(options, context);
  const done: Outcome[] = [];
  try {
    if (action === 'add') await add(options, context, done);
    else drop(options, done);
  } finally {
    // An error may follow what was done before it.
    if (done.length > 0) {
      const outcome = { text: done.map(({ text }) => text).join('\n'), json: done.map(({ json }) => json) };
      await printOutcome(options.format, context, outcome);
    }
  }
}

function drop({ attributes, store }: IndexOptions, done: Outcome[]): void {
  openReader(store).close();
  for (const attribute of attributes) {
    const dropped = dropIndexes(store, attribute);
    const what = dropped === 1 ? 'the index' : `${dropped} indexes`;
    done.push({ text: `dropped ${what} on ${attribute}`, json: { attribute, dropped } });
  }
}

async function add(
  { attributes, where, store }: IndexOptions,
  { streams, signal }: Context,
  done: Outcome[],
): Promise<void> {
  refuseInVain(store);
  const session = await openSession({ dir: store, signal });
  try {
    const indexes = [];
    for (const attribute of attributes) indexes.push(await defineIndex(session, attribute, where));
    for (const index of indexes) {
      const { attribute } = index;
      const progress = await streams.progress(`indexing ${attribute}`);
      let added: boolean;
      try {
        added = addIndex(store, index);
      } finally {
        progress.stop();
      }
      const on = attribute + (where === undefined ? '' : ` where ${where}`);
      const text = added ? `added an index on ${on}` : `there is an index on ${on} already`;
      done.push({ text, json: { attribute, where: where ?? null, added } });
    }
    const { segments } = session.plan;
    if (segments.length > 0) {
      const events = counted(
        segments.reduce((sum, segment) => sum + segment.events, 0),
        'event',
      );
      await streams.err.write(
        `note: indexes are for events in telemetry.db; ${events} in the archive have none. To have all there: telemetry archive convert --to none\n`,
      );
    }
  } finally {
    session.close();
  }
}

/** @throws TelemetryError `usage` where events leave the journal, which indexes are of, or a server would wait too long. */
function refuseInVain(store: string): void {
  const reader = openReader(store);
  try {
    const kind = archiveKind(reader);
    if (kind !== 'none') {
      throw new TelemetryError(
        'usage',
        `the archive of ${store} is ${kind}: events that are sealed leave the indexes`,
        {
          remedy: 'Keep all events in telemetry.db first: telemetry archive convert --to none.',
        },
      );
    }
    const events = reader.countEvents(0, Number.MAX_SAFE_INTEGER);
    if (events > MAX_EVENTS_BESIDE_SERVER && readServerFile(store) !== undefined) {
      throw new TelemetryError(
        'usage',
        `a server runs on ${store}, which has ${number.format(events)} events: it could store nothing while the index is made`,
        { remedy: 'Stop it for that time, or remove events first with telemetry prune.' },
      );
    }
  } finally {
    reader.close();
  }
}

async function list({ store, format }: IndexOptions, { streams, signal }: Context): Promise<void> {
  const reader = openReader(store);
  let indexes: UserIndex[];
  try {
    indexes = readIndexes(key => reader.setting(key));
  } finally {
    reader.close();
  }
  const { columns, color } = streams;
  const write = (text: string): Promise<void> => streams.out.write(text);
  const rows = (none: string | null) =>
    resultOf(
      columnsOf(['attribute', 'where']),
      indexes.map(({ attribute, where = none }) => [attribute, where]),
    );
  await printReport(
    format,
    { streams, signal },
    {
      table: () => render('table', rows(''), write, { columns, color }),
      json: indexes.map(({ attribute, where = null }) => ({ attribute, where })),
      rows: () => rows(null),
    },
  );
}
