import type { Database } from 'better-sqlite3';
import { ENCODING } from '../../core/event.js';
import type { Micros } from '../../core/duration.js';
import { attributeRegistry } from '../catalog/attributes.js';
import { FACTS_PER_EVENT, type Batch } from './batch.js';
import { feedPositions } from '../catalog/sources.js';
import { deduplicationWindow, hashId, type IdHash } from '../catalog/deduplication.js';
import { EVENT_ID_SQL, hashOfEventId, recallSealed } from '../catalog/sealed-event-ids.js';

/** The outcome of one run of a batch. */
export interface RunOutcome {
  readonly stored: number;
  readonly duplicates: number;
  /** Of a denied type: nothing of them is stored. */
  readonly denied: number;
}

/** Inserts the events of batches within the caller's transactions. */
export interface EventInserter {
  /** Inserts the runs of a batch in order, except those of streams that `isFailed`, whose outcome is null. */
  insert(batch: Batch, isFailed: (stream: number) => boolean): (RunOutcome | null)[];
  /** Does what belongs to the transaction, and reads what {@link committed} needs while it can still fail. */
  beforeCommit(): void;
  /** The transaction is on disk: event ids seen in it count from now on. Cannot fail. */
  committed(): void;
  /** The transaction was undone: what it learned is forgotten. */
  rolledBack(): void;
}

/** Runs this short are inserted row by row: listing slices for one statement costs more than it saves. */
const SHORT_RUN = 3;

/**
 * Offset and length of an event share one JSON number: 2^30 exceeds the largest event, which is text of control
 * characters, six times as long in JSON; all events of a batch start within its first 2^23 bytes.
 */
const LENGTH_BITS = 30;

/** Number of commits between two removals of ids past the window: a removal asks SQLite for the oldest event. */
const FORGET_EVERY_COMMITS = 1000;

const ENCODING_NAMES: Readonly<Record<number, string | null>> = {
  [ENCODING.none]: null,
  [ENCODING.surrogate]: 'surrogate',
  [ENCODING.base64]: 'base64',
};

/** Creates the inserter of the store's one writer; reads back which event ids the journal holds. */
export function eventInserter(db: Database): EventInserter {
  const registry = attributeRegistry(db);
  const window = deduplicationWindow();
  const feeds = feedPositions(db, Date.now() * 1000);
  rememberJournal(db, (hash, id) => window.add(hash, id));
  let lastReceivedAt: Micros = Date.now() * 1000;
  /** Event ids of the transaction under way. */
  const fresh = new Map<number, IdHash>();
  let commits = 0;
  let newestId = 0;
  let forgetBelow = 0;

  const insertOne = db.prepare(
    'insert into events(stream_id, received_at, payload, encoding) values (?, ?, cast(? as text), ?)',
  );
  // The events' bytes go in as one parameter and are cut apart in SQLite: no string is made of them here.
  const insertMany = db.prepare(
    `insert into events(stream_id, received_at, payload)
     select @stream, @receivedAt, cast(substr(@bytes, value >> ${LENGTH_BITS}, value & ${2 ** LENGTH_BITS - 1}) as text)
     from json_each(@slices)`,
  );
  const lastId = db.prepare<[], number>("select seq from sqlite_sequence where name = 'events'").pluck();
  const oldestId = db.prepare<[], number | null>('select min(id) from events').pluck();

  function isDuplicate(bytes: Uint8Array, start: number, end: number): boolean {
    const hash = hashId(bytes, start, end);
    const key = hash.high * 0x200000 + (hash.low >>> 11);
    const alike = fresh.get(key);
    if (alike?.high === hash.high && alike.low === hash.low) return true;
    if (window.has(hash)) return true;
    fresh.set(key, hash);
    return false;
  }

  function insert(
    { bytes: data, facts, runs, marks }: Batch,
    isFailed: (stream: number) => boolean,
  ): (RunOutcome | null)[] {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    for (const mark of marks) feeds.mark(mark);
    let slices = '';
    let slicesFrom = 0;
    let event = 0;
    let start = 0;

    /** Adds a slice of the bytes to the statement in the making. */
    function slice(end: number): void {
      if (slices === '') slicesFrom = start;
      const packed = (start - slicesFrom + 1) * 2 ** LENGTH_BITS + (end - start);
      slices += `${slices === '' ? '[' : ','}${packed}`;
    }

    /** Runs the statement in the making: before any other insert, so that events keep the order in which they came. */
    function flush(stream: number, receivedAt: Micros): void {
      if (slices === '') return;
      insertMany.run({ stream, receivedAt, bytes: bytes.subarray(slicesFrom, start), slices: `${slices}]` });
      slices = '';
    }

    return runs.map(({ stream, count, receivedAt, feed }) => {
      lastReceivedAt = receivedAt;
      const isLong = count > SHORT_RUN;
      const isLeftOut = isFailed(stream);
      const fromEvent = event + (feed ? Math.max(0, feeds.of(feed.source) - feed.first + 1) : 0);
      let stored = 0;
      let denied = 0;
      for (const last = event + count; event < last; event++) {
        const at = event * FACTS_PER_EVENT;
        const end = facts[at]!;
        const encoding = facts[at + 2]!;
        const idStart = facts[at + 3]!;
        const isKnown = event < fromEvent;
        if (encoding === ENCODING.denied) denied++;
        else if (
          !isLeftOut &&
          !isKnown &&
          (idStart < 0 || !isDuplicate(bytes, start + idStart, start + facts[at + 4]!))
        ) {
          const shape = facts[at + 1]!;
          if (!registry.isKnown(shape)) registry.learn(shape, bytes.toString('utf8', start, end));
          if (isLong && encoding === ENCODING.none) slice(end);
          else {
            flush(stream, receivedAt);
            insertOne.run(stream, receivedAt, bytes.subarray(start, end), ENCODING_NAMES[encoding]);
          }
          stored++;
        }
        start = end;
      }
      flush(stream, receivedAt);
      if (feed && !isLeftOut) feeds.advance(feed.source, feed.first + count - 1);
      return isLeftOut ? null : { stored, duplicates: count - stored - denied, denied };
    });
  }

  return {
    insert,

    beforeCommit() {
      feeds.write(lastReceivedAt);
      newestId = fresh.size > 0 ? (lastId.get() ?? 0) : 0;
      forgetBelow = ++commits % FORGET_EVERY_COMMITS === 0 ? (oldestId.get() ?? Infinity) : 0;
    },

    committed() {
      for (const hash of fresh.values()) window.add(hash, newestId);
      fresh.clear();
      window.forget(forgetBelow);
    },

    rolledBack() {
      fresh.clear();
      registry.forget();
      feeds.forget();
    },
  };
}

/** Hands the event ids last sealed and every one in the journal to `remember`. */
function rememberJournal(db: Database, remember: (hash: IdHash, eventId: number) => void): void {
  recallSealed(db, remember);
  const rows = db
    .prepare<[], [number, string]>(
      `select id, ${EVENT_ID_SQL} as event_id from events where event_id is not null order by id`,
    )
    .raw()
    .iterate();
  for (const [id, value] of rows) {
    const hash = hashOfEventId(value);
    if (hash) remember(hash, id);
  }
}
