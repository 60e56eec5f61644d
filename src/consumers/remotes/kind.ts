import type { Attribute } from '../../core/attribute.js';
import type { Result } from '../../core/result.js';
import type { ValueStyle } from '../../query/result/values.js';
import type { Session } from '../../query/session.js';
import type { StoreDatabase } from '../../store/database/store.js';
import type { StoreIdentity } from '../../store/database/store-identity.js';
import type { Remote } from './remote.js';

/*
 * The contract between forwarding and a kind of remote. Forwarding owns the cursor, the batches, retries and rejected
 * events; a kind writes a batch to its engine, and states how often each event arrives there.
 */

/** A kind of remote: one folder in `kinds/`. */
export interface RemoteKind {
  /** The protocols of its URLs, such as `postgres:`. */
  readonly protocols: readonly string[];
  /** The delivery guarantee, as a sentence for `remote show` and the docs. */
  readonly once: string;
  /** Names of the options of the kind: see {@link RemoteDefinition.options}. */
  readonly options: readonly string[];
  /** Default maximum number of event ids in a batch. */
  readonly batch: number;
  /** True when a failed batch must be retried with exactly the same ids. */
  readonly keepsBatches?: boolean;
  /** Maximum number of UTC days that the times of a batch span; undefined sets no limit. */
  readonly maxDays?: number;
  /** Number of ids that a running server waits for before it sends a batch; undefined sends without waiting. */
  readonly minBatch?: number;
  /** Maximum wait for `minBatch`, in milliseconds since the first event of the batch was seen. */
  readonly maxDelayMs?: number;
  /** Checks a URL and options without a connection. @throws TelemetryError `usage`. */
  check(remote: Remote): void;
  /** Connects, and creates missing tables, topics or manifests. @throws TelemetryError `failure` with the reason. */
  connect(context: RemoteContext): Promise<RemoteConnection>;
  /** Opens the remote for SQL; undefined for a kind that answers no SQL. */
  read?(context: RemoteContext): Promise<RemoteReader>;
}

/** The remote, the store and the resources that a connection uses. */
export interface RemoteContext {
  readonly remote: Remote;
  /** The identity of the store: (store id, epoch, event id) identifies an event permanently. */
  readonly store: StoreIdentity;
  /** The store's directory. */
  readonly dir: string;
  /** A folder of DuckDB extensions, for kinds that need some; undefined lets DuckDB install them. */
  readonly extensions?: string | undefined;
  /** A folder in the store for files that the kind keeps between batches. The kind creates it. */
  readonly folder: string;
  /** A writable connection to the store, for tables of the kind; undefined for readers. */
  readonly db?: StoreDatabase;
  readonly signal: AbortSignal;
}

/** An open connection to a remote, which sends one batch at a time. */
export interface RemoteConnection {
  /** A line for `remote test`: the engine and its version. */
  readonly description: string;
  /** The id of the store at the other end, whose events are not sent back to it; undefined for other engines. */
  readonly peer?: string;
  /**
   * The last event id that the remote itself has recorded for (store id, epoch, name of the remote); undefined when it
   * records none, or has no events yet. Called once after connecting. It overrides the store's cursor: a remote that
   * was removed and created again continues where it stopped, and one that lost its last batches receives them again.
   */
  position(): Promise<number | undefined>;
  /**
   * Sends a request without events, for `remote test`; undefined for kinds that do so when they connect.
   * @throws Error when nothing answers, or the credentials are refused.
   */
  reach?(signal: AbortSignal): Promise<void>;
  /**
   * Sends a batch. Resolves once the remote has acknowledged all of its events.
   * @returns the bytes and events sent, and a warning when the remote left out events.
   * @throws RefusedBatch when the remote refuses the content: forwarding halves the batch. Any other error is retried
   * later.
   */
  send(batch: Batch): Promise<SendOutcome>;
  /**
   * True when the remote has an event of a range of ids, of a kind that {@link RemoteKind.keepsBatches}: the range is
   * then never sent as two batches.
   */
  hasAny?(range: Pick<Batch, 'afterId' | 'toId'>): Promise<boolean>;
  /**
   * Does one bounded step of maintenance, such as merging small objects. Called when no event waits; an error counts as
   * a failed try.
   * @returns true when there is more to do.
   */
  maintain?(signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

/** The outcome of a batch that was sent. */
export interface SendOutcome {
  /** Bytes sent. */
  readonly bytes: number;
  /** Events of the batch that were meant for the remote; undefined for all. */
  readonly events?: number;
  /** The remote's message about events that it accepted and did not store, as a sentence for the operator. */
  readonly warning?: string;
}

/** The events of a range of ids that a remote is to have. */
export interface Batch {
  /** The range of ids is `(afterId, toId]`. */
  readonly afterId: number;
  readonly toId: number;
  /** Number of events, at least 1. */
  readonly events: number;
  readonly session: Session;
  /** SQL to select from: the columns of `events`, with the remote's condition and privacy rules applied. */
  readonly source: string;
  /** The attributes that are columns of `source`. */
  readonly attributes: readonly Attribute[];
  /** An empty folder on the store's file system, which the session may write to. It is emptied after the batch. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** The remote refuses the content of a batch: a retry would be refused as well. */
export class RefusedBatch extends Error {
  override readonly name = 'RefusedBatch';
}

/** The remote answers, and asks for a retry later. */
export class RemoteBusy extends Error {
  override readonly name = 'RemoteBusy';
  /** The delay that the remote asks for, in milliseconds; undefined when it names none. */
  readonly afterMs: number | undefined;

  constructor(message: string, afterMs: number | undefined) {
    super(message);
    this.afterMs = afterMs;
  }
}

/** A read-only SQL session with a remote, in the remote's dialect. */
export interface RemoteReader {
  /** SQL for `stats --remote`: `type`, `events`, `first_time`, `last_time` by type. */
  readonly statsSql: string;
  /**
   * Runs one statement. Read all of its rows, or end their iteration, before the next call.
   * @param style the format of times; by default ISO 8601 in UTC.
   * @throws TelemetryError `sql` as the remote reports it.
   */
  query(sql: string, style?: ValueStyle): Promise<Result>;
  close(): Promise<void>;
}
