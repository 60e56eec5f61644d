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
 * Maximum number of events for adding an index while a server runs. The server stores nothing meanwhile, some two
 * seconds per million events, and fails after waiting five seconds for the lock of the database.
 */
const MAX_EVENTS_WITH_SERVER = 2_000_000;

const number = new Intl.NumberFormat('en-US');

/** The result for one attribute. */
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
    // Reports the completed part even when an error follows.
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
  refuseUnsuitable(store);
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
      const text = added ? `added an index on ${on}` : `an index on ${on} already exists`;
      done.push({ text, json: { attribute, where: where ?? null, added } });
    }
    const { segments } = session.plan;
    if (segments.length > 0) {
      const events = counted(
        segments.reduce((sum, segment) => sum + segment.events, 0),
        'event',
      );
      await streams.err.write(
        `note: indexes cover events in telemetry.db, not the ${events} in the archive. To move all events there: telemetry archive convert --to none\n`,
      );
    }
  } finally {
    session.close();
  }
}

/** @throws TelemetryError `usage` when sealing moves events out of the indexed journal, or would block a server too long. */
function refuseUnsuitable(store: string): void {
  const reader = openReader(store);
  try {
    const kind = archiveKind(reader);
    if (kind !== 'none') {
      throw new TelemetryError(
        'usage',
        `the archive format of ${store} is ${kind}: indexes do not cover sealed events`,
        {
          remedy: 'Keep all events in telemetry.db first: telemetry archive convert --to none.',
        },
      );
    }
    const events = reader.countEvents(0, Number.MAX_SAFE_INTEGER);
    if (events > MAX_EVENTS_WITH_SERVER && readServerFile(store) !== undefined) {
      throw new TelemetryError(
        'usage',
        `a server runs on ${store}, which has ${number.format(events)} events: creating the index would block it`,
        { remedy: 'Stop the server first, or remove events with telemetry prune.' },
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
