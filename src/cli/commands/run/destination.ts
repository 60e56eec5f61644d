import { setImmediate as turn } from 'node:timers/promises';
import type { PostEvents } from '../../../client/source.js';
import { readServerFile } from '../../../client/server-file.js';
import type { TrustFiles } from '../../../client/trust.js';
import { codeOf, messageOf, TelemetryError } from '../../../core/errors.js';
import { ONCE } from '../../../core/source.js';
import type { EventStore } from '../../../server/store-events.js';
import type { Receiver } from '../../shared/receiver.js';
import type { ServeOptions } from '../../shared/serve-options.js';

/** After so long a command is none of the short ones: other processes are to find its receiver by the store's server.json. */
const RECEIVER_AFTER_MS = 250;

/** More output than this is stored while the command runs, beside its other work, rather than at its end. */
const RECEIVER_AFTER_BYTES = 64 * 1024;

/** How long a server that is away or busy is waited for, in milliseconds: a restart takes some seconds. */
const PATIENCE_MS = 30_000;

/** What the store says that the events of a short command came by. */
const TRANSPORT = 'run';

/** How a destination is found or made. */
export interface DestinationOptions {
  /** A server that was named: no other will do. */
  readonly url: string | undefined;
  readonly trust: TrustFiles;
  readonly server: ServeOptions;
  /** Gives the sending up. */
  readonly signal: AbortSignal;
  /** Called when a server of ours can no longer do its work: it does not come back. */
  readonly onFailed: () => void;
  readonly say: (text: string) => void;
}

/**
 * Where a command's events go: to the server that there is, or to a receiver of ours. A command that is over before
 * anyone needs that, has printed little and sent nothing, does without: this process stores its events itself.
 */
export interface Destination {
  /** How the events are stored, once that is decided. */
  readonly post: Promise<PostEvents>;
  /** The receiver, which comes up when it was not needed before. Rejects when there is none, or no more. */
  receiver(): Promise<Receiver>;
  /** Told of what the command has printed. */
  printed(bytes: number): void;
  /** The command is over, and all that it printed was taken. What it sends from now on comes too late. */
  end(): Promise<void>;
  /** Stops what is ours, and lets go of the store. */
  close(): Promise<void>;
}

/** Decides at once where there is a server, or the store cannot be ours; otherwise waits for what the command does. */
export async function openDestination(options: DestinationOptions): Promise<Destination> {
  const { url, trust, server, signal, onFailed, say } = options;
  const unlock = await lock(options);
  let decide: (post: PostEvents | Promise<PostEvents>) => void = () => undefined;
  const post = new Promise<PostEvents>(resolve => (decide = resolve));
  post.catch(() => undefined);
  let receiver: Promise<Receiver> | undefined;
  let eventStore: EventStore | undefined;
  let isOver = false;
  let bytes = 0;
  const timer = setTimeout(() => void bringUp(), RECEIVER_AFTER_MS);

  const isNeeded = (): boolean => receiver !== undefined;

  function bringUp(): Promise<Receiver> {
    if (receiver) return receiver;
    if (isOver) return Promise.reject(new TelemetryError('failure', 'the command is over'));
    clearTimeout(timer);
    eventStore?.close();
    eventStore = undefined;
    receiver = receive();
    decide(receiver.then(sendTo));
    receiver.then(({ failed }) => failed.catch(onFailed)).catch(() => undefined);
    return receiver;
  }

  async function receive(): Promise<Receiver> {
    const held =
      unlock &&
      (await import('../../../server/acquire-store.js')).startWriting(server.store, server.durability, unlock);
    const { openReceiver } = await import('../../shared/receiver.js');
    return openReceiver({ url, trust, server, held, signal, say });
  }

  async function sendTo(opened: Receiver): Promise<PostEvents> {
    const { randomUUID } = await import('node:crypto');
    const { postEvents } = await import('../../../client/source.js');
    const source = `${ONCE}${randomUUID()}`;
    return events => postEvents({ ...events, source }, opened, { patience: PATIENCE_MS, signal });
  }

  /** Opens the store while the command runs. One that somebody else writes to just then is opened at the end. */
  async function prepare(): Promise<void> {
    const { openEventStore } = await import('../../../server/store-events.js');
    if (isNeeded() || isOver) return;
    try {
      const opened = await openEventStore({ ...server, transport: TRANSPORT }, 0);
      if (isNeeded()) opened.close();
      else eventStore = opened;
    } catch (error) {
      // What is wrong with the store is told once something is to be stored.
      if (!(error instanceof TelemetryError) && codeOf(error) === undefined) throw error;
    }
  }

  async function storeHere(): Promise<PostEvents> {
    await prepared;
    const { openEventStore } = await import('../../../server/store-events.js');
    const opened = (eventStore ??= await openEventStore({ ...server, transport: TRANSPORT }));
    return events => Promise.resolve(events).then(opened.store);
  }

  const prepared = unlock && prepare();
  prepared?.catch(() => undefined);
  if (!unlock) void bringUp();
  return {
    post,
    receiver: bringUp,
    printed(more) {
      bytes += more;
      if (bytes > RECEIVER_AFTER_BYTES) void bringUp();
    },
    async end() {
      // Whoever has connected by now is let in first: that brings the receiver up.
      await turn();
      isOver = true;
      clearTimeout(timer);
      if (!receiver) decide(storeHere());
    },
    async close() {
      const opened = await receiver?.catch(() => undefined);
      await opened?.stop().catch((error: unknown) => say(messageOf(error)));
      if (receiver) return;
      eventStore?.close();
      unlock?.();
    },
  };
}

/** Locks the store when it has no server, so that no other process becomes it. Returns how to let go. */
async function lock({ url, server: { store } }: DestinationOptions): Promise<(() => void) | undefined> {
  if (url !== undefined || readServerFile(store)) return undefined;
  const { lockStore } = await import('../../../store/locks/store-lock.js');
  try {
    return lockStore(store);
  } catch (error) {
    // What is wrong with the store, the receiver tells.
    if (error instanceof TelemetryError) return undefined;
    throw error;
  }
}
