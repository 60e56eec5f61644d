import { archiveFolder } from '../store/archive/files.js';
import type { Attribute } from '../core/attribute.js';
import type { Micros } from '../core/duration.js';
import { openReader } from '../store/journal/reader.js';
import { openCage, type NamedFile } from './sandbox/sandbox.js';
import { usualQueryMemory } from './sandbox/memory-limit.js';
import { openView, type LiveView, type ReadPlan } from './view/live-view.js';
import type { OnDamaged } from './view/segment-health.js';
import type { BoundsBy } from './view/range.js';
import { takeSnapshot } from './view/snapshot.js';
import { rowsOf } from './result/rows.js';
import { createRunner, type Runner } from './statement/runner.js';
import { sealedDatabase } from './sandbox/sealed-database.js';
import type { TimeStyle } from './result/timestamps.js';

export interface SessionOptions {
  /** The store's directory. */
  readonly dir: string;
  /** Events of this time or later. */
  readonly since?: Micros | undefined;
  /** Events before this time. */
  readonly until?: Micros | undefined;
  /** The time that `since` and `until` bound. Default `time`: when the event happened. */
  readonly by?: BoundsBy;
  /** Events whose id is this or higher. */
  readonly fromId?: number;
  /** Events whose id is this or lower. */
  readonly toId?: number;
  /** An IANA time zone: of SQL's date functions and of how times print. Default `UTC`. */
  readonly timezone?: string;
  /** Default `iso`. */
  readonly timeStyle?: TimeStyle;
  /** Files that join in as tables. */
  readonly files?: readonly NamedFile[];
  /** The one file that may be written, by {@link Session.copyTo}. */
  readonly writable?: string;
  /** False leaves `payload` NULL where an event is rebuilt from columns, for queries that do not need it. Default true. */
  readonly rebuildsPayload?: boolean;
  /** What a query may hold in memory before it uses temporary files, in bytes. Default: {@link usualQueryMemory}. */
  readonly memory?: number | undefined;
  /** Stops the query under way; an abort reason that is a TelemetryError is what it then throws. */
  readonly signal?: AbortSignal;
  /** Told of segments whose events are missing from the answers, since their files are damaged. */
  readonly onDamaged?: OnDamaged | undefined;
}

/** Reading so many rows of the journal keeps this thread busy for some tens of milliseconds. */
const MANY_JOURNAL_ROWS = 10_000;

/** A caged DuckDB over one store. It runs one query at a time. */
export interface Session extends Omit<Runner, 'stop'> {
  /** The attributes that are columns of `events`, as of the last {@link refresh} or query. */
  readonly attributes: readonly Attribute[];
  /** The same, and the keys that core columns are read from by their own names. */
  readonly registered: readonly Attribute[];
  /** Returns how many events lie outside of the bounds in time when none is within, else 0. */
  countOutside(): Promise<number>;
  /** The segments that the last query could read, and those that it could pass over. */
  readonly plan: ReadPlan;
  close(): void;
}

/**
 * Opens a session over the store at `dir`.
 * @throws TelemetryError `noStore`, `failure` for a store or a file that cannot be read, `usage` for an unknown time zone.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { timezone = 'UTC', timeStyle = 'iso', files = [], writable, signal } = options;
  const memory = options.memory ?? usualQueryMemory();
  const reader = openReader(options.dir);
  try {
    const cage = await openCage({ timezone, files, writable, memory, folder: archiveFolder(options.dir) });
    try {
      const database = sealedDatabase(cage.connection, options.dir);
      const snapshot = takeSnapshot(reader, options.dir, () => reader.sealedId() > 0);
      let view: LiveView;
      try {
        view = await openView(
          options.dir,
          reader,
          cage.connection,
          options,
          database,
          options.onDamaged,
          options.rebuildsPayload,
        );
      } finally {
        database.detach();
        snapshot.end();
      }
      await database.settled();
      if (view.plan.journal.rows > MANY_JOURNAL_ROWS) await cage.leaveCore();
      await cage.lock();
      const runner = createRunner({
        dir: options.dir,
        reader,
        view,
        connection: cage.connection,
        database,
        style: { timezone, time: timeStyle },
        signal,
      });
      return {
        get attributes() {
          return view.attributes;
        },
        get registered() {
          return view.registered;
        },
        get plan() {
          return view.plan;
        },
        query: (sql, parameters, limit) => runner.query(sql, parameters, limit),
        async countOutside() {
          const within = await rowsOf(await runner.query('select 1 from events limit 1'));
          if (within.length > 0) return 0;
          const { segments, skipped, journal } = view.plan;
          return [...segments, ...skipped].reduce((sum, { events }) => sum + events, journal.rows);
        },
        check: sql => runner.check(sql),
        copyTo: (file, sql, parameters, limit) => runner.copyTo(file, sql, parameters, limit),
        refresh: bounds => runner.refresh(bounds),
        close() {
          runner.stop();
          reader.close();
          const settling = database.settled();
          if (settling) void settling.finally(() => cage.close());
          else cage.close();
        },
      };
    } catch (error) {
      cage.close();
      throw error;
    }
  } catch (error) {
    reader.close();
    throw error;
  }
}
