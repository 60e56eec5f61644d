import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { readServerFile } from '../../src/client/server-file.js';
import { cleanEnv, TELEMETRY } from '../cli/command.js';
import { allPayloads } from '../helpers/all-events.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { DIRECT, startIngest } from '../helpers/ingest-kill-rounds.js';
import { readStore, temporaryStore, until } from '../helpers/store.js';

/** One batch and a part of another. */
const EVENTS = 135_000;

/** A part of a batch. */
const FEW = 20_000;

function workplace(events: number) {
  const dir = temporaryStore();
  const store = join(dir, 'store');
  const file = join(dir, 'events.ndjson');
  const lines = Array.from(
    { length: events },
    (_, n) => `{"n":${n},"event_id":"e${n}","text":"an event of a large file"}`,
  );
  writeFileSync(file, lines.join('\n'));
  const expected = lines.map(line => `${line.slice(0, -1)},"file":${JSON.stringify(file)}}`);
  const ingest = (env: Readonly<Record<string, string>> = {}) =>
    startIngest(dir, store, file, [], { ...DIRECT, ...env });
  return { dir, store, expected, ingest };
}

/** As `toEqual`, which takes a second for so many. */
function expectSame(there: readonly string[], expected: readonly string[]): void {
  const at = expected.findIndex((payload, n) => there[n] !== payload);
  expect([there.length, at, there[at]]).toEqual([expected.length, -1, undefined]);
}

const inJournal = (store: string): number =>
  readStore<{ n: number }>(store, 'select count(*) as n from events where id > (select last_id from sealed)')[0]!.n;

test.each([
  ['import:lines', FEW],
  ['seal:written', FEW],
  ['import:before-register', FEW],
  ['import:before-commit', FEW],
  ['import:after-register', EVENTS],
])('stores each event once when an import past the journal is killed at %s', async (fault, events) => {
  const { dir, store, expected, ingest } = workplace(events);
  expect(await ingest({ TELEMETRY_FAULT: fault }).ended).toEqual([null, 'SIGKILL']);
  const there = await allPayloads(store);
  expectSame(there, expected.slice(0, there.length));
  expect(await ingest().ended).toEqual([0, null]);
  expectSame(await allPayloads(store), expected);
  expect(inJournal(store)).toBe(0);
  const { code, err } = await commandInProcess(['verify', '--deep', '--store', store], { cwd: dir });
  expect([code, err]).toEqual([0, '']);
});

/** Follows a store from its first event. @returns the ids that were printed so far. */
function follow(dir: string, store: string): { ids: number[]; end: () => Promise<void> } {
  const args = [TELEMETRY, 'tail', '--store', store, '--from-id', '1', '--format', 'ndjson', '--columns', 'id'];
  const child = spawn(process.execPath, args, { cwd: dir, env: cleanEnv(dir), stdio: ['ignore', 'pipe', 'ignore'] });
  const ids: number[] = [];
  createInterface({ input: child.stdout }).on('line', line => ids.push((JSON.parse(line) as { id: number }).id));
  return {
    ids,
    async end() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

test('gives events of others their place in an import past the journal, each once, also to a follower', async () => {
  const { dir, store, expected, ingest } = workplace(EVENTS);
  const { ended } = ingest();
  await until(() => readServerFile(store) !== undefined, 'the server of the import');
  const { url } = readServerFile(store)!;
  const follower = follow(dir, store);
  const over = new AbortController();
  const importing = ended.finally(() => over.abort());
  const sent: string[] = [];
  for (let n = 0; !over.signal.aborted; n++) {
    const body = `{"other":${n},"event_id":"${n % 2 === 0 ? 'other' : 'e'}${n}"}`;
    const reply = await fetch(url, { method: 'POST', body, headers: { accept: 'application/json' } }).catch(
      () => undefined,
    );
    const stored = reply?.ok === true && ((await reply.json()) as { accepted: number }).accepted === 1;
    if (stored) sent.push(body);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  expect(await importing).toEqual([0, null]);
  const there = await allPayloads(store);
  const others = there.filter(payload => payload.startsWith('{"other"'));
  // An event that comes first keeps its event_id from the one in the file.
  const taken = new Set(sent.map(body => (JSON.parse(body) as { event_id: string }).event_id));
  expect(sent.length).toBeGreaterThan(0);
  expect(others.slice(0, sent.length)).toEqual(sent);
  const own = there.filter(payload => payload.startsWith('{"n"'));
  expectSame(
    own,
    expected.filter((_, n) => !taken.has(`e${n}`)),
  );
  await until(() => follower.ids.length >= there.length, 'the last event in the tail');
  await follower.end();
  expect(follower.ids.every((id, n) => n === 0 || id > follower.ids[n - 1]!)).toBe(true);
  expect(follower.ids.length).toBe(there.length);
});
