// The raw operation of telemetry ingest: one thread that reads an NDJSON file, scans it with the server's decoder, and
// inserts the events with better-sqlite3, one row a call, 1000 a commit, WAL, synchronous=FULL.
// node decode-insert.mjs '{"file":"events.ndjson","decoder":"json-stream.mjs","database":"raw.db"}'
import { openSync, readSync } from 'node:fs';
const { default: Database } = await import(
  Number.parseInt(process.versions.node, 10) >= 22 ? 'better-sqlite3-13' : 'better-sqlite3'
);

const CHUNK_BYTES = 1024 * 1024;
const ROWS_PER_COMMIT = 1000;

const settings = JSON.parse(process.argv[2]);
const { jsonStream } = await import(settings.decoder);
const db = new Database(settings.database);
db.pragma('journal_mode = wal');
db.pragma('synchronous = full');
db.exec('create table events(id integer primary key, stream_id integer, received_at integer, payload text)');
const insert = db.prepare('insert into events(stream_id, received_at, payload) values (?, ?, cast(? as text))');
const begin = db.prepare('begin');
const commit = db.prepare('commit');

const started = performance.now();
let events = 0;
begin.run();
const decoder = jsonStream(
  (bytes, start, end) => {
    insert.run(1, Date.now() * 1000, bytes.subarray(start, end));
    if (++events % ROWS_PER_COMMIT > 0) return;
    commit.run();
    begin.run();
  },
  { maxEventBytes: CHUNK_BYTES },
);
const file = openSync(settings.file);
const chunk = Buffer.alloc(CHUNK_BYTES);
for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) decoder.write(chunk.subarray(0, read));
decoder.end();
commit.run();
const seconds = (performance.now() - started) / 1000;
db.close();
process.stdout.write(JSON.stringify({ events, seconds, rate: events / seconds }));
