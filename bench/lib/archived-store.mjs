import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanEnvironment, program, runJson, runNode, TELEMETRY } from './process.mjs';
import { keptFolder } from './scratch.mjs';
import { startTelemetry } from './server.mjs';

/** The catalog of such a store, and room to spare. */
const IDLE_JOURNAL_BYTES = 16 * 1024 * 1024;

const made = new Map();

/** A store with so many different events, all of them sealed: { store, file }. Made once a run, and not to be changed. */
export function archivedStore(events) {
  if (!made.has(events)) made.set(events, make(events));
  return made.get(events);
}

async function make(events) {
  const folder = keptFolder(`archived-${events}`);
  const store = join(folder, 'store');
  const file = join(folder, 'events.ndjson');
  process.stderr.write(`  a store of ${events.toLocaleString('en-US')} sealed events is made once\n`);
  await fillAndSeal(store, events, file);
  return { store, file };
}

/** A store that keeps so many events in its journal, whose ranges are all measured: { store }. Made once a run, and not to be changed. */
export function journalStore(events) {
  const key = `journal-${events}`;
  if (!made.has(key)) made.set(key, makeJournal(events));
  return made.get(key);
}

async function makeJournal(events) {
  const folder = keptFolder(`journal-${events}`);
  const store = join(folder, 'store');
  process.stderr.write(`  a store of ${events.toLocaleString('en-US')} events in the journal is made once\n`);
  const server = await startTelemetry(store, ['--archive', 'none']);
  try {
    await runJson(program('load', 'fill.mjs'), { port: server.port, events, file: join(folder, 'events.ndjson') });
    // Bounds that leave nothing read what is not measured.
    for (let read = Infinity; read >= 10_000; await sleep(500)) {
      const text = await telemetry(
        store,
        'query',
        '--explain',
        '--since',
        '2200-01-01',
        'select min(time) from events',
      );
      read = JSON.parse(text).journal.rowsRead;
    }
  } finally {
    await server.stop();
  }
  return { store };
}

/** Fills a new store and waits until all of it is sealed. */
async function fillAndSeal(store, events, file) {
  const server = await startTelemetry(store, ['--seal-events', '0']);
  try {
    await runJson(program('load', 'fill.mjs'), { port: server.port, events, file });
    // The maintenance process waits for some quiet seconds before it shrinks the journal and merges the last segments.
    while ((await journalRows(store)) > 0 || statSync(join(store, 'telemetry.db')).size > IDLE_JOURNAL_BYTES)
      await sleep(500);
  } finally {
    await server.stop();
  }
}

async function journalRows(store) {
  const { journal } = JSON.parse(await telemetry(store, 'query', '--explain', 'select 1'));
  return journal.rowsRead + journal.rowsSkipped;
}

/** Runs a command on a store, and returns what it printed. */
export async function telemetry(store, ...args) {
  return (await timed(store, ...args)).text;
}

/** The same, as { text, ms }. */
export function timed(store, ...args) {
  return runNode([TELEMETRY, ...args, '--store', store], { cwd: '/', env: cleanEnvironment(store) });
}
