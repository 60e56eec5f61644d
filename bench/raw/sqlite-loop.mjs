// The raw operation of ingest: one thread, better-sqlite3, one row a call, 1000 a commit, WAL, synchronous=FULL.
// node sqlite-loop.mjs '{"file":"raw.db","warmUp":50000,"events":500000}'
const { default: Database } = await import(
  Number.parseInt(process.versions.node, 10) >= 22 ? 'better-sqlite3-13' : 'better-sqlite3'
);
import { eventTexts } from '../lib/events.mjs';

const ROWS_PER_COMMIT = 1000;

const settings = JSON.parse(process.argv[2]);
const texts = eventTexts(100_000);
const db = new Database(settings.file);
db.pragma('journal_mode = wal');
db.pragma('synchronous = full');
db.exec('create table events(id integer primary key, stream_id integer, received_at integer, payload text)');
const insert = db.prepare('insert into events(stream_id, received_at, payload) values (?, ?, ?)');
const begin = db.prepare('begin');
const commit = db.prepare('commit');

run(settings.warmUp);
const started = performance.now();
run(settings.events);
const seconds = (performance.now() - started) / 1000;
db.close();
process.stdout.write(JSON.stringify({ events: settings.events, seconds, rate: settings.events / seconds }));

function run(events) {
  for (let sent = 0; sent < events;) {
    const now = Date.now() * 1000;
    begin.run();
    for (let i = 0; i < ROWS_PER_COMMIT && sent < events; i++) insert.run(1, now, texts[sent++ % texts.length]);
    commit.run();
  }
}
