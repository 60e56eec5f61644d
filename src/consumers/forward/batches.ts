import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rowsOf } from '../../query/result/rows.js';
import { bindPredicate } from '../../query/predicate.js';
import type { Session } from '../../query/session.js';
import type { RemoteLedger } from '../../store/catalog/remotes.js';
import { quoteText } from '../../store/sql/text.js';
import { redactedSource } from './redacted-events.js';
import type { Batch, RemoteKind } from '../remotes/kind.js';
import type { Remote } from '../remotes/remote.js';

/** Maximum number of ids in a batch: batches grow while few of their events match, and shrink again. */
const MAX_IDS = 10_000_000;

/** A batch of more bytes sent than this is followed by a smaller one, to bound the memory of both ends. */
const LARGE_BATCH_BYTES = 64 * 1024 * 1024;

/** Number of batches that fit into memory after which larger ones are tried again. */
const FITTING = 16;

const DAY_MICROS = 86_400_000_000;

/** The parts of {@link Batches}. */
export interface BatchesOf {
  /** Shows the events that the next batch is made of. */
  session: Session;
  readonly remote: Remote;
  readonly kind: RemoteKind;
  readonly ledger: RemoteLedger;
  /** The highest id that the store has assigned, even if its event has been removed. */
  readonly lastId: () => number;
  /** The id of the store at the other end. */
  readonly peer: string | undefined;
  /** A folder that the session may write to. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Ids `(afterId, toId]`. */
export interface IdRange {
  readonly afterId: number;
  readonly toId: number;
}

/** Ids that wait to be sent. */
export interface WaitingRange extends IdRange {
  /** True where they are in segments, false where they are in the journal. */
  readonly isSealed: boolean;
}

/** Cuts the events that a remote is to have into batches, in the order of their ids. */
export class Batches {
  readonly #of: BatchesOf;
  /** The largest number of ids in a batch that is known to fit into memory. */
  #most = MAX_IDS;
  /** Number of batches that fit since the last one that did not. */
  #fitting = 0;
  /** Ids of the next batch. */
  #ids: number;

  constructor(of: BatchesOf) {
    this.#of = { ...of };
    this.#ids = this.#usual;
  }

  /** The number of ids of a batch when every event matches. */
  get #usual(): number {
    const { remote, kind } = this.#of;
    return Math.min(this.#most, remote.definition.batch ?? kind.batch);
  }

  /** True for a range of at least as many ids as the next batch. */
  isFull({ afterId, toId }: IdRange): boolean {
    return toId - afterId >= this.#ids;
  }

  /** Replaces the session that later batches read from. */
  use(session: Session): void {
    this.#of.session = session;
  }

  /** Limits later batches to half the ids of one that did not fit into memory. */
  tooLarge({ afterId, toId }: IdRange): void {
    this.#most = Math.max(1, Math.floor((toId - afterId) / 2));
    this.#fitting = 0;
    this.#ids = Math.min(this.#ids, this.#most);
  }

  /**
   * The ids after a cursor that the next batch is made of, all of them sealed or none; undefined when no event waits.
   * @param pendingId the last id of a batch that has to be repeated.
   */
  async after(cursorId: number, pendingId?: number): Promise<WaitingRange | undefined> {
    // Read first: an event up to this id is in view, or was removed.
    const given = this.#of.lastId();
    const shown = await this.#of.session.refresh({ fromId: cursorId + 1, toId: Infinity });
    const lastId = Math.max(given, shown.lastId);
    if (lastId <= cursorId) return undefined;
    const isSealed = shown.sealedId > cursorId;
    const toId = pendingId ?? Math.min(isSealed ? shown.sealedId : lastId, cursorId + this.#ids);
    return { afterId: cursorId, toId, isSealed };
  }

  /** The events of a range that the remote is to have; `events` may be 0. Spans at most the days of the kind. */
  async open(range: IdRange): Promise<Batch> {
    const { session, kind, folder, signal } = this.#of;
    let { toId } = range;
    for (;;) {
      await session.refresh({ fromId: range.afterId + 1, toId });
      const source = await this.#source({ ...range, toId });
      const events = await countEvents(session, source);
      const isShort = kind.maxDays === undefined || (await daysOf(session, source)) <= kind.maxDays;
      if (!isShort && toId > range.afterId + 1) {
        toId = range.afterId + Math.ceil((toId - range.afterId) / 2);
        continue;
      }
      clear(folder);
      return { afterId: range.afterId, toId, events, session, source, attributes: session.attributes, folder, signal };
    }
  }

  /** Adapts the size of the next batch. */
  sent({ afterId, toId, events }: Pick<Batch, 'afterId' | 'toId' | 'events'>, bytes: number): void {
    const ids = toId - afterId;
    if (this.#most < MAX_IDS && ++this.#fitting % FITTING === 0) this.#most = Math.min(MAX_IDS, 2 * this.#most);
    if (bytes > LARGE_BATCH_BYTES) this.#ids = Math.max(1, Math.floor(ids * (LARGE_BATCH_BYTES / bytes)));
    else if (ids >= this.#ids && events < this.#usual / 2) this.#ids = Math.min(this.#most, 2 * this.#ids);
    else if (events > this.#usual) this.#ids = this.#usual;
    else if (this.#ids < this.#usual && bytes < LARGE_BATCH_BYTES / 2) this.#ids = Math.min(this.#usual, 2 * this.#ids);
  }

  async #source({ afterId, toId }: IdRange): Promise<string> {
    const { session, remote, ledger, peer } = this.#of;
    const { where, types } = remote.definition;
    const predicate = where === undefined ? undefined : await bindPredicate(session, where, '--where');
    const rejected = ledger.rejectedBetween(remote.name, afterId, toId);
    const conditions = [
      ...(types ? [`"type" in (${types.map(quoteText).join(', ')})`] : []),
      ...(rejected.length > 0 ? [`id not in (${rejected.join(', ')})`] : []),
      ...(peer === undefined ? [] : await notThrough(peer, session, ledger)),
      ...(predicate ? [predicate.sql] : []),
    ];
    const chosen =
      conditions.length === 0
        ? 'events'
        : `(select * from ${predicate?.source ?? 'events'} where ${conditions.join(' and ')}) as events`;
    return remote.definition.privacy ? redactedSource(session, chosen) : chosen;
  }
}

/**
 * A condition that leaves out events which have passed through the store `peer`; none where there are no such events.
 */
async function notThrough(peer: string, session: Session, ledger: RemoteLedger): Promise<string[]> {
  const [row] = await rowsOf(await session.query('select min(stream_id), max(stream_id) from events'));
  const [from, to] = row!;
  if (from === null || to === null) return [];
  const streams = ledger.streamsThrough(peer, Number(from), Number(to));
  return streams.length === 0 ? [] : [`(stream_id is null or stream_id not in (${streams.join(', ')}))`];
}

async function countEvents(session: Session, source: string): Promise<number> {
  const [row] = await rowsOf(await session.query(`select count(*) from ${source}`));
  return Number(row![0]);
}

/** The number of days that the times of events span. */
async function daysOf(session: Session, source: string): Promise<number> {
  const sql = `select epoch_us(min("time")), epoch_us(max("time")) from ${source}`;
  const [row] = await rowsOf(await session.query(sql));
  const [from, to] = row!;
  if (from === null || to === null) return 0;
  return Math.floor(Number(to) / DAY_MICROS) - Math.floor(Number(from) / DAY_MICROS) + 1;
}

function clear(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
}
