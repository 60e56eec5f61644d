/** Every limit of the product, each with its reason. */

/** The largest event, in bytes, unless `--max-event-size` says otherwise: wide events are a few KiB; this bounds what one client can make the server hold. */
export const DEFAULT_MAX_EVENT_BYTES = 1024 * 1024;

/** The most that `--max-event-size` can be set to: what a text of so many bytes takes as JSON, six times as much at worst, SQLite still stores. */
export const MAX_MAX_EVENT_BYTES = 64 * 1024 * 1024;

/** How deep an event's arrays and objects may nest. SQLite's JSON functions refuse more (JSON_MAX_DEPTH, 1000). */
export const MAX_NESTING = 1000;

/** How many attributes become columns. Telemetry whose keys are ids would otherwise explode the schema; the rest stays in payload. */
export const MAX_ATTRIBUTES = 1000;

/** How many spellings attributes have in all: keys that differ by case or nesting share a column, which looks for its value under each. */
export const MAX_ATTRIBUTE_PATHS = 2 * MAX_ATTRIBUTES;

/** The longest name of an attribute that becomes a column, in characters: longer keys are data, not names. */
export const MAX_ATTRIBUTE_NAME = 256;

/** How many shapes of events the writer remembers having registered; past it, it forgets them all and learns anew. */
export const MAX_KNOWN_SHAPES = 50_000;

/** Event ids remembered for de-duplication beyond those in the journal: a day of retries for most stores, 16 MiB of memory. */
export const DEDUPLICATION_WINDOW = 1_000_000;

/** Rows that a reader takes from SQLite at once: DuckDB's vector size. */
export const READ_CHUNK_ROWS = 2048;

/** The longest text of SQL, in characters: DuckDB's parser takes seconds for one, minutes for ten times as much, and cannot be interrupted. */
export const MAX_SQL_LENGTH = 1024 * 1024;

/** When events are sealed, and what the work on the archive may take. */
export interface ArchiveTuning {
  /** Events leave the journal when there are more than this: what is there is read row by row. */
  readonly sealEvents: number;
  /** And when they are older than this, in milliseconds. */
  readonly sealAfter: number;
  /** In bytes, of DuckDB: with it the server as a whole stays under 500 MB. */
  readonly memory: number;
  /** One leaves the other cores to the receiver. */
  readonly threads: number;
}

/** Unless a server is told otherwise. */
export const DEFAULT_TUNING: ArchiveTuning = {
  sealEvents: 50_000,
  sealAfter: 60_000,
  memory: 256 * 1024 * 1024,
  threads: 1,
};

/** The largest activity event, in bytes: what that API's clients cut theirs to. */
export const MAX_ACTIVITY_EVENT_BYTES = 32 * 1024;

/** The largest request that is checked as a whole before it is stored, in bytes, and all that its events may come to: it is held in memory until its end. Clients send some 50 events at a time. */
export const MAX_BUFFERED_REQUEST_BYTES = 16 * 1024 * 1024;

/** What all such requests together may hold, in bytes; past it, one is told to try again. */
export const MAX_BUFFERED_BYTES = 128 * 1024 * 1024;

/** How many events a request with a result for each may have: the reply has a line for every one. */
export const MAX_WIDE_EVENTS = 100_000;

/** The largest OTLP request, in bytes after decompression: twice the batch that is ordinary of a large collector. Nothing of a request is stored before its last byte was read and found right. */
export const MAX_OTLP_REQUEST_BYTES = 128 * 1024 * 1024;

/** What OTLP requests under way hold together, in bytes of their bodies: past it, senders are told to try again later. */
export const MAX_OTLP_BUFFERED_BYTES = 2 * MAX_OTLP_REQUEST_BYTES;

/** OTLP calls over gRPC whose messages are arriving at a time: each may be the largest, and how large it is is not known before all of it is there. */
export const MAX_OTLP_CALLS_ARRIVING = 4;

/** The largest OTLP document in a stream of events, in bytes, which is a request in JSON: some ten thousand spans, which a collector writes to a line at most. It is held in memory, and decoded in one go. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** What such documents together may take in a server, in bytes, while they arrive. */
export const MAX_DOCUMENT_BUFFERED_BYTES = 8 * MAX_DOCUMENT_BYTES;
