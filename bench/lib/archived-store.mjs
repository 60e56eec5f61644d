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

/** Fills a new store and waits until all of it is sealed. */
export async function fillAndSeal(store, events, file) {
  const server = await startTelemetry(store, ['--seal-events', '0']);
  try {
    await runJson(program('load', 'fill.mjs'), { port: server.port, events, file });
    // The keeper takes some seconds of quiet before it gives the journal's space back and merges what is left to merge.
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
