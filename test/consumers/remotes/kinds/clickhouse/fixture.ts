import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { forwardNow, type ForwardTotals } from '../../../../../src/consumers/forward/forward-now.js';
import type { RemoteDefinition } from '../../../../../src/consumers/remotes/remote.js';
import { insertObject, removeObject } from '../../../../../src/store/catalog/objects.js';
import { deleteRemote, insertRemote } from '../../../../../src/store/catalog/remotes.js';
import { openForWriting } from '../../../../../src/store/database/store.js';
import { openTestJournal } from '../../../../helpers/journal.js';

const program = fileURLToPath(new URL('../../../../../bin/telemetry.js', import.meta.url));

/** Adds events to a store. @param at when they are received, in milliseconds since 1970 */
export function addEvents(dir: string, lines: readonly string[], at = Date.now()): void {
  const journal = openTestJournal(dir);
  journal.appendText(lines, at);
  journal.close();
}

/** Events with the numbers `from` to `to` as `n`. */
export function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `{"type":"log","n":${from + i},"msg":"event ${from + i}"}`);
}

/** Adds a remote to a store that sends all events. */
export function addRemote(
  dir: string,
  url: string,
  definition: Partial<RemoteDefinition> = {},
  createdAt = Date.now() * 1000,
): void {
  const db = openForWriting(dir);
  db.transaction(() => {
    insertObject(db, { name: 'far', kind: 'remote', definition: { url, options: {}, ...definition }, createdAt });
    insertRemote(db, 'far', 0);
  })();
  db.close();
}

/** Removes the remote. */
export function removeRemote(dir: string): void {
  removeObject(dir, 'remote', 'far', db => deleteRemote(db, 'far'));
}

/** Forwards what is in a store now. */
export function forward(dir: string): Promise<ForwardTotals> {
  return forwardNow(
    {
      ...{ dir, name: 'far', untilCurrent: true },
      now: () => Date.now() * 1000,
      onStep: () => undefined,
      onNote: () => Promise.resolve(),
    },
    new AbortController().signal,
  );
}

/** Starts forwarding in a process of its own, which a fault may kill. */
export function startForward(dir: string, env: Record<string, string> = {}): ChildProcess {
  const args = [program, 'forward', 'far', '--until-current', '--store', dir];
  return spawn(process.execPath, args, { env: { PATH: process.env.PATH, HOME: dir, ...env }, stdio: 'ignore' });
}

/** The same, until it ends; returns the signal that killed it. */
export async function forwardCommand(dir: string, env: Record<string, string> = {}): Promise<NodeJS.Signals | null> {
  const [, signal] = (await once(startForward(dir, env), 'exit')) as [number | null, NodeJS.Signals | null];
  return signal;
}

/**
 * Asks a ClickHouse by plain HTTP: tab-separated text.
 * @param url as that of a remote.
 * @param parameters of the request; with `query`, `sql` is its data.
 */
export async function ask(url: string, sql: string, parameters: Record<string, string> = {}): Promise<string> {
  const { host, username, password } = new URL(url);
  const headers = { 'X-ClickHouse-User': username, 'X-ClickHouse-Key': password };
  const response = await fetch(`http://${host}/?${new URLSearchParams(parameters).toString()}`, {
    method: 'POST',
    body: sql,
    headers,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text.trimEnd();
}
