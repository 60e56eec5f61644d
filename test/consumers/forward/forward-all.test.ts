import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { forwardAll } from '../../../src/consumers/forward/forward-all.js';
import { readRemoteStates } from '../../../src/store/catalog/remote-state.js';
import { openForReading } from '../../../src/store/database/store.js';
import { openTestJournal } from '../../helpers/journal.js';
import { addRemote } from '../../helpers/remotes.js';
import { temporaryStore } from '../../helpers/store.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

function sentTo(dir: string): number[] {
  const db = openForReading(dir);
  try {
    return readRemoteStates(db).map(({ sent_events: events }) => events);
  } finally {
    db.close();
  }
}

test('given six remotes, then all get the events, and Node warns of no leak', async () => {
  const dir = temporaryStore();
  const journal = openTestJournal(dir);
  journal.append([{ type: 'log', msg: 'hi' }], Date.now());
  journal.close();
  const folder = mkdtempSync(join(tmpdir(), 'telemetry-remotes-'));
  onTestFinished(() => removeDirectory(folder));
  for (let at = 0; at < 6; at++) addRemote(dir, `far${at}`, `file://${folder}/${at}`);
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  const aborter = new AbortController();
  const done = forwardAll(
    { dir, observer: { sent: () => undefined, changed: () => undefined }, now: clock(61_000_000) },
    aborter.signal,
  );

  await vi.waitFor(() => expect(sentTo(dir)).toEqual(Array(6).fill(1)), { timeout: 120_000, interval: 100 });
  aborter.abort();
  await done;

  expect(warnings).toEqual([]);
});

/** A clock in microseconds that is ahead by more each time that it is read, so that no batch waits. */
function clock(step: number): () => number {
  let ahead = 0;
  return () => Date.now() * 1000 + (ahead += step);
}
