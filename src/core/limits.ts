/** Every limit of the product, each with its reason. */

/**
 * The default of `--max-event-size`, in bytes: wide events are a few KiB; this bounds the memory that one client can
 * occupy.
 */
export const DEFAULT_MAX_EVENT_BYTES = 1024 * 1024;

/** The maximum of `--max-event-size`: as JSON a text may take six times as much, which SQLite can still store. */
export const MAX_MAX_EVENT_BYTES = 64 * 1024 * 1024;

/** The maximum nesting of an event's arrays and objects. SQLite's JSON functions refuse more (JSON_MAX_DEPTH, 1000). */
export const MAX_NESTING = 1000;

/**
 * The maximum number of attributes that become columns. Ids as keys would otherwise explode the schema; further ones
 * stay in payload.
 */
export const MAX_ATTRIBUTES = 1000;

/**
 * The maximum number of spellings of attributes: keys that differ by case or nesting share a column, which tries each.
 */
export const MAX_ATTRIBUTE_PATHS = 2 * MAX_ATTRIBUTES;

/** The longest name of an attribute that becomes a column, in characters: longer keys are data, not names. */
export const MAX_ATTRIBUTE_NAME = 256;

/** Shapes that the writer remembers as registered; when full, the set is cleared. */
export const MAX_KNOWN_SHAPES = 50_000;

/**
 * Event ids remembered for de-duplication beyond those in the journal: a day of retries for most stores, 16 MiB of
 * memory.
 */
export const DEDUPLICATION_WINDOW = 1_000_000;

/** Rows that a reader takes from SQLite at once: DuckDB's vector size. */
export const READ_CHUNK_ROWS = 2048;

/**
 * The longest SQL text, in characters: DuckDB's parser takes seconds for one, minutes for ten times as much, and cannot
 * be interrupted.
 */
export const MAX_SQL_LENGTH = 1024 * 1024;

/** Thresholds of sealing, and limits of the archive's work. */
export interface ArchiveTuning {
  /** Events are sealed when there are more than this: the journal is read row by row. */
  readonly sealEvents: number;
  /** Events are also sealed when they are older than this, in milliseconds. */
  readonly sealAfter: number;
  /** Memory limit of DuckDB, in bytes: it keeps the whole server under 500 MB. */
  readonly memory: number;
  /** One thread leaves the other cores to the receiver. */
  readonly threads: number;
}

/** The defaults of a server. */
export const DEFAULT_TUNING: ArchiveTuning = {
  sealEvents: 50_000,
  sealAfter: 60_000,
  memory: 256 * 1024 * 1024,
  threads: 1,
};

/** The largest activity event, in bytes: clients of that API cut theirs to it. */
export const MAX_ACTIVITY_EVENT_BYTES = 32 * 1024;

/**
 * The largest request that is checked as a whole before it is stored, and the largest sum of its events, in bytes: it
 * is buffered until its end. Clients send some 50 events at a time.
 */
export const MAX_BUFFERED_REQUEST_BYTES = 16 * 1024 * 1024;

/** The total size of such requests, in bytes; past it, the server answers with Retry-After. */
export const MAX_BUFFERED_BYTES = 128 * 1024 * 1024;

/** The maximum number of events in a request with a result for each: the reply has a line for every one. */
export const MAX_WIDE_EVENTS = 100_000;

/**
 * The largest OTLP request, in bytes after decompression: twice the usual batch of a large collector. Events are stored
 * only after the whole request was read and found valid.
 */
export const MAX_OTLP_REQUEST_BYTES = 128 * 1024 * 1024;

/** The total size of OTLP request bodies in flight, in bytes: past it, the server asks senders to retry later. */
export const MAX_OTLP_BUFFERED_BYTES = 2 * MAX_OTLP_REQUEST_BYTES;

/**
 * The maximum number of OTLP/gRPC calls whose messages are arriving: the size of a message is known only once it is
 * complete.
 */
export const MAX_OTLP_CALLS_ARRIVING = 4;

/**
 * The largest OTLP document (a request as JSON) in a stream of events, in bytes: some ten thousand spans, the most that
 * a collector writes to a line. It is buffered and decoded at once.
 */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** The total size of such documents while they arrive in a server, in bytes. */
export const MAX_DOCUMENT_BUFFERED_BYTES = 8 * MAX_DOCUMENT_BYTES;

/** The maximum delay of a timer, 31 bits of milliseconds, some 24 days: Node runs one with a longer delay at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
