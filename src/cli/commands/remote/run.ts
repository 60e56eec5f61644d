import { messageOf, TelemetryError } from '../../../core/errors.js';
import { kindFor } from '../../../consumers/forward/kinds.js';
import { forwardContext } from '../../../consumers/forward/remote-context.js';
import { removeRemoteFolder } from '../../../consumers/forward/remote-folder.js';
import { hideSecrets, loadRemote } from '../../../consumers/forward/load-remote.js';
import { readCredentials, writeCredentials } from '../../../store/catalog/credentials.js';
import { objectNamed, removeObject } from '../../../store/catalog/objects.js';
import { readRemoteLosses, readRemoteStates } from '../../../store/catalog/remote-state.js';
import { deleteRemote, setPaused } from '../../../store/catalog/remotes.js';
import { openForReading, openForWriting, type StoreDatabase } from '../../../store/database/store.js';
import { lockRemote } from '../../../store/locks/remote-lock.js';
import type { Context } from '../../shared/context.js';
import { printOutcome } from '../../shared/outcome.js';
import { create } from './create.js';
import type { RemoteOptions } from './options.js';
import { printList, printRemote } from './report.js';

/** Creates, lists, shows, pauses, resumes, tests or removes remotes of a store. */
export async function run(options: RemoteOptions, context: Context): Promise<void> {
  const { action } = options;
  switch (action) {
    case 'create':
      return create(options, options.create!, context);
    case 'list':
      return printList(inStore(options.store, readRemoteStates), options, context);
    case 'show':
      return show(options, context);
    case 'pause':
    case 'resume':
      return pause(options, context);
    case 'test':
      return test(options, context);
    case 'rm':
      return remove(options, context);
  }
}

/** Maximum number of losses that `show` prints. */
const MAX_SHOWN_LOSSES = 10;

async function show(options: RemoteOptions, context: Context): Promise<void> {
  const { store } = options;
  const { name } = objectNamed(store, 'remote', options.name);
  const [state, losses] = inStore(store, db => [
    readRemoteStates(db).find(one => one.name === name)!,
    readRemoteLosses(db, name, MAX_SHOWN_LOSSES),
  ]);
  const { once } = await kindFor(new URL(state.url));
  await printRemote({ state, once, losses }, options, context);
}

function inStore<T>(store: string, read: (db: StoreDatabase) => T): T {
  const db = openForReading(store);
  try {
    return read(db);
  } finally {
    db.close();
  }
}

async function pause({ action, store, name: given, format }: RemoteOptions, context: Context): Promise<void> {
  const { name } = objectNamed(store, 'remote', given);
  const isPaused = action === 'pause';
  const db = openForWriting(store);
  try {
    setPaused(db, name, isPaused);
  } finally {
    db.close();
  }
  await printOutcome(format, context, {
    text: `${isPaused ? 'paused' : 'resumed'} the remote ${name}`,
    json: { name, paused: isPaused },
  });
}

async function remove({ store, name: given, format }: RemoteOptions, context: Context): Promise<void> {
  const { name } = objectNamed(store, 'remote', given);
  // An unreadable file fails here, before anything is removed.
  readCredentials(store, name);
  removeObject(store, 'remote', name, db => deleteRemote(db, name));
  removeRemoteFolder(store, name);
  writeCredentials(store, name, undefined);
  await printOutcome(format, context, { text: `removed the remote ${name}`, json: { name, removed: true } });
}

/** Connects to a remote, which creates missing tables or files there. @throws TelemetryError `failure`. */
async function test({ store, name, format }: RemoteOptions, context: Context): Promise<void> {
  const remote = loadRemote(store, name);
  const kind = await kindFor(remote.url);
  const unlock = lockRemote(store, remote.name);
  const db = openForWriting(store);
  try {
    const connection = await kind.connect(forwardContext(remote, { dir: store, db, signal: context.signal }));
    try {
      await connection.reach?.(context.signal);
      const position = await connection.position();
      const text = `${remote.name}: ${connection.description}${position === undefined ? '' : `, has events up to id ${position}`}`;
      const json = { name: remote.name, ok: true, description: connection.description, position: position ?? null };
      await printOutcome(format, context, { text, json });
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw new TelemetryError('failure', `cannot reach ${remote.name}: ${hideSecrets(remote, messageOf(error))}`, {
      ...(error instanceof TelemetryError && error.remedy !== undefined && { remedy: error.remedy }),
    });
  } finally {
    db.close();
    unlock?.();
  }
}
