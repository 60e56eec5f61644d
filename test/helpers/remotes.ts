import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { forwardNow, type ForwardTotals } from '../../src/consumers/forward/forward-now.js';
import { kindFor } from '../../src/consumers/forward/kinds.js';
import { readContext } from '../../src/consumers/forward/remote-context.js';
import { loadRemote, splitUrl } from '../../src/consumers/forward/load-remote.js';
import type { Batch, RemoteConnection, RemoteKind, RemoteReader } from '../../src/consumers/remotes/kind.js';
import type { Remote, RemoteDefinition } from '../../src/consumers/remotes/remote.js';
import { openSession } from '../../src/query/session.js';
import { writeCredentials } from '../../src/store/catalog/credentials.js';
import { insertObject } from '../../src/store/catalog/objects.js';
import { insertRemote } from '../../src/store/catalog/remotes.js';
import { readIdentity } from '../../src/store/database/store-identity.js';
import { openForWriting } from '../../src/store/database/store.js';
import { removeDirectory } from './remove-directory.js';

/** A remote as a user creates it. */
export function remoteOf(url: string, definition: Partial<RemoteDefinition> = {}, headers = {}): Remote {
  return { name: 'far', definition: { url, options: {}, ...definition }, url: new URL(url), headers };
}

/** The events of a store in `(afterId, toId]`, as forwarding hands them over; all by default. */
export async function batchOf(dir: string, options: Partial<Batch> = {}): Promise<Batch> {
  const folder = mkdtempSync(join(tmpdir(), 'telemetry-batch-'));
  const { afterId = 0, toId = Number.MAX_SAFE_INTEGER } = options;
  const session = await openSession({ dir, writableFolder: folder, keepsOrder: false, fromId: afterId + 1, toId });
  onTestFinished(() => {
    session.close();
    removeDirectory(folder);
  });
  const { attributes } = session;
  const { signal } = new AbortController();
  return { afterId, toId, events: 1, session, source: 'events', attributes, folder, signal, ...options };
}

/** Connects a store to a remote. */
export async function connectRemote(dir: string, kind: RemoteKind, remote: Remote): Promise<RemoteConnection> {
  const db = openForWriting(dir);
  const { signal } = new AbortController();
  onTestFinished(() => void db.close());
  const folder = join(dir, 'remotes', remote.name);
  const connection = await kind.connect({ remote, store: readIdentity(db), dir, folder, db, signal });
  onTestFinished(() => connection.close());
  return connection;
}

/** Adds a remote to a store, which gets all of its events. */
export function addRemote(
  dir: string,
  name: string,
  address: string,
  definition: Partial<RemoteDefinition> = {},
): void {
  const { url, password } = splitUrl(address);
  const db = openForWriting(dir);
  try {
    db.transaction(() => {
      const whole: RemoteDefinition = { options: {}, ...definition, url };
      insertObject(db, { name, kind: 'remote', definition: whole, createdAt: Date.now() * 1000 });
      insertRemote(db, name, 0);
    })();
  } finally {
    db.close();
  }
  writeCredentials(dir, name, password === undefined ? undefined : { password });
}

/** Forwards all events of a store to a remote, in this process. */
export function forwardTo(dir: string, name: string): Promise<ForwardTotals> {
  return forwardNow(
    {
      dir,
      name,
      untilCurrent: true,
      now: () => Date.now() * 1000,
      onStep: () => undefined,
      onNote: () => Promise.resolve(),
    },
    new AbortController().signal,
  );
}

/** Opens a remote of a store for SQL. */
export async function openReader(dir: string, name: string): Promise<RemoteReader> {
  const remote = loadRemote(dir, name);
  const kind = await kindFor(remote.url);
  return kind.read!(readContext(remote, dir, new AbortController().signal));
}
