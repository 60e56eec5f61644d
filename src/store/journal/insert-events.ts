import type { Database, Statement } from 'better-sqlite3';
import { ENCODING } from '../../core/event.js';
import type { Micros } from '../../core/duration.js';
import { attributeRegistry } from '../catalog/attributes.js';
import { META_PER_EVENT, type Batch, type Run } from './batch.js';
import { sourcePositions } from '../catalog/sources.js';
import { deduplicationWindow, hashId, type IdHash } from '../catalog/deduplication.js';
import { readLastGivenId, writeLastGivenId, writeSealing } from '../catalog/sealing.js';
import { insertSegments } from '../catalog/segments.js';
import { unpackHashes, type ImportedBatch } from './imported-batch.js';
import { rememberStored } from './known-event-ids.js';

/** The outcome of one run of a batch. */
export interface RunOutcome {
  readonly stored: number;
  readonly duplicates: number;
  /** Of the duplicates, those of a source whose number it had passed. */
  readonly repeated: number;
  /** Of a denied type: nothing of them is stored. */
  readonly denied: number;
}

/** Runs this short are inserted row by row: listing slices for one statement costs more than it saves. */
const SHORT_RUN = 3;

/**
 * Offset and length of an event share one JSON number: the digits of the offset, then those of the length plus 10^9,
 * which exceeds the largest event (text of control characters, six times as long in JSON). JavaScript prints two small
 * integers far faster than a large one.
 */
const MORE_THAN_A_LENGTH = 1_000_000_000;
const OFFSET_FACTOR = 10 * MORE_THAN_A_LENGTH;

/** Number of commits between two removals of ids past the window: a removal asks SQLite for the oldest event. */
const FORGET_EVERY_COMMITS = 1000;

const ENCODING_NAMES: Readonly<Record<number, string | null>> = {
  [ENCODING.none]: null,
  [ENCODING.surrogate]: 'surrogate',
  [ENCODING.base64]: 'base64',
};

/** Inserts the events of batches within the caller's transactions. A store has one, that of its one writer. */
export class EventInserter {
  readonly #registry: ReturnType<typeof attributeRegistry>;
  readonly #window = deduplicationWindow();
  readonly #sources: ReturnType<typeof sourcePositions>;
  readonly #statements: InsertStatements;
  readonly #db: Database;
  readonly #oldestId: Statement<[], number | null>;
  /** Event ids of the transaction under way. */
  readonly #fresh = new Map<number, IdHash>();
  #lastReceivedAt: Micros = Date.now() * 1000;
  #commits = 0;
  #newestId = 0;
  #forgetBelow = 0;

  /** Reads back which event ids the journal holds. */
  constructor(db: Database) {
    this.#registry = attributeRegistry(db);
    this.#sources = sourcePositions(db, Date.now() * 1000);
    rememberStored(db, (hash, id) => this.#window.add(hash, id));
    this.#statements = prepareInserts(db);
    this.#db = db;
    this.#oldestId = db.prepare<[], number | null>('select min(id) from events').pluck();
  }

  /** Inserts the runs of a batch in order, except those of streams that `isFailed`, whose outcome is null. */
  insert(batch: Batch, isFailed: (stream: number) => boolean): (RunOutcome | null)[] {
    const { bytes: data, runs, marks } = batch;
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const rows = new RowWriter(this.#statements, bytes);
    for (const mark of marks) this.#sources.mark(mark);
    let first = 0;
    return runs.map(run => {
      this.#lastReceivedAt = run.receivedAt;
      const outcome = isFailed(run.stream) ? null : this.#insertRun(run, first, batch, rows);
      first += run.count;
      return outcome;
    });
  }

  /**
   * Makes events of segments the next ones of the store.
   * @returns false, and does nothing, when other events came after those that the batch was made for.
   */
  register(batch: ImportedBatch): boolean {
    const { firstId, events, receivedAt, segments, attributes, mark, upTo } = batch;
    if (!this.#isNext(batch)) return false;
    for (const leaf of attributes) this.#registry.register(leaf);
    insertSegments(this.#db, segments);
    const eventIds = unpackHashes(batch.eventIds);
    for (const hash of eventIds) this.#fresh.set(keyOf(hash), hash);
    if (events > 0) {
      const lastId = firstId + events - 1;
      writeLastGivenId(this.#db, lastId);
      writeSealing(this.#db, { lastId, receivedAt, eventIds });
    }
    this.#sources.mark(mark);
    this.#sources.advance(mark.source, upTo);
    this.#lastReceivedAt = receivedAt;
    // Each batch may have as many event ids as a thousand commits.
    this.#commits = FORGET_EVERY_COMMITS;
    return true;
  }

  /** True when a batch follows all events, and none is in the journal: all up to one id are sealed. */
  #isNext({ firstId, after, mark }: ImportedBatch): boolean {
    if (readLastGivenId(this.#db) !== firstId - 1 || this.#sources.of(mark.source) !== after) return false;
    return this.#db.prepare('select 1 from events where id > (select last_id from sealed) limit 1').get() === undefined;
  }

  /** Does what belongs to the transaction, and reads what {@link committed} needs while it can still fail. */
  beforeCommit(): void {
    this.#sources.write(this.#lastReceivedAt);
    this.#newestId = this.#fresh.size > 0 ? readLastGivenId(this.#db) : 0;
    const forgets = ++this.#commits >= FORGET_EVERY_COMMITS;
    if (forgets) this.#commits = 0;
    this.#forgetBelow = forgets ? (this.#oldestId.get() ?? Infinity) : 0;
  }

  /** The transaction is on disk: event ids seen in it count from now on. Cannot fail. */
  committed(): void {
    for (const hash of this.#fresh.values()) this.#window.add(hash, this.#newestId);
    this.#fresh.clear();
    this.#window.forget(this.#forgetBelow);
  }

  /** The transaction was undone: forgets all that it learned. */
  rolledBack(): void {
    this.#fresh.clear();
    this.#registry.forget();
    this.#sources.forget();
  }

  /** @param first the index of the run's first event in the batch */
  #insertRun(
    { stream, count, receivedAt, numbered }: Run,
    first: number,
    { meta }: Batch,
    rows: RowWriter,
  ): RunOutcome {
    const { bytes } = rows;
    const isLong = count > SHORT_RUN;
    const fromEvent = first + (numbered ? Math.max(0, this.#sources.of(numbered.source) - numbered.first + 1) : 0);
    let start = first === 0 ? 0 : meta[(first - 1) * META_PER_EVENT]!;
    let stored = 0;
    let denied = 0;
    let repeated = 0;
    for (let event = first; event < first + count; event++) {
      const at = event * META_PER_EVENT;
      const end = meta[at]!;
      const encoding = meta[at + 2]!;
      const idStart = meta[at + 3]!;
      const isKnown = event < fromEvent;
      if (encoding === ENCODING.denied) denied++;
      else if (isKnown) repeated++;
      else if (idStart < 0 || !this.#isDuplicate(bytes, start + idStart, start + meta[at + 4]!)) {
        const shape = meta[at + 1]!;
        if (!this.#registry.isKnown(shape)) this.#registry.learn(shape, bytes.toString('utf8', start, end));
        if (isLong && encoding === ENCODING.none) rows.add(start, end);
        else {
          rows.flush(stream, receivedAt);
          rows.insert(stream, receivedAt, start, end, encoding);
        }
        stored++;
      }
      start = end;
    }
    rows.flush(stream, receivedAt);
    if (numbered) this.#sources.advance(numbered.source, numbered.first + count - 1);
    return { stored, duplicates: count - stored - denied, repeated, denied };
  }

  #isDuplicate(bytes: Uint8Array, start: number, end: number): boolean {
    const hash = hashId(bytes, start, end);
    const key = keyOf(hash);
    const alike = this.#fresh.get(key);
    if (alike?.high === hash.high && alike.low === hash.low) return true;
    if (this.#window.has(hash)) return true;
    this.#fresh.set(key, hash);
    return false;
  }
}

/** The first 53 bits of a hash. */
function keyOf({ high, low }: IdHash): number {
  return high * 0x200000 + (low >>> 11);
}

interface InsertStatements {
  readonly one: Statement;
  readonly many: Statement;
}

function prepareInserts(db: Database): InsertStatements {
  return {
    one: db.prepare('insert into events(stream_id, received_at, payload, encoding) values (?, ?, cast(? as text), ?)'),
    // The events' bytes go in as one parameter and are cut apart in SQLite: no string is made of them here.
    many: db.prepare(
      `insert into events(stream_id, received_at, payload)
       select @stream, @receivedAt, cast(substr(@bytes, value / ${OFFSET_FACTOR}, value % ${MORE_THAN_A_LENGTH}) as text)
       from json_each(@slices)`,
    ),
  };
}

/** Writes the rows of one batch. Slices of its bytes that are added share one statement, until they are flushed. */
class RowWriter {
  readonly bytes: Buffer;
  readonly #statements: InsertStatements;
  #slices = '';
  #from = 0;
  #to = 0;

  constructor(statements: InsertStatements, bytes: Buffer) {
    this.#statements = statements;
    this.bytes = bytes;
  }

  insert(stream: number, receivedAt: Micros, start: number, end: number, encoding: number): void {
    this.#statements.one.run(stream, receivedAt, this.bytes.subarray(start, end), ENCODING_NAMES[encoding]);
  }

  /** Adds an event to the statement in the making. */
  add(start: number, end: number): void {
    if (this.#slices === '') this.#from = start;
    const offset = start - this.#from + 1;
    this.#slices += `${this.#slices === '' ? '[' : ','}${offset}${MORE_THAN_A_LENGTH + end - start}`;
    this.#to = end;
  }

  /** Runs the statement in the making: before any other insert, so that events keep the order in which they came. */
  flush(stream: number, receivedAt: Micros): void {
    if (this.#slices === '') return;
    const bytes = this.bytes.subarray(this.#from, this.#to);
    this.#statements.many.run({ stream, receivedAt, bytes, slices: `${this.#slices}]` });
    this.#slices = '';
  }
}
