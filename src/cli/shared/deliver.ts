import { readServerFile } from '../../client/server-file.js';
import type { Body, Receipt } from '../../client/send.js';
import { codeOf, TelemetryError } from '../../core/errors.js';
import { ONCE } from '../../core/source.js';
import { pause } from '../../core/sleep.js';
import type { ServeOptions } from './serve-options.js';
import { DEFAULT_PORT } from '../config/settings.js';
import type { Context } from './context.js';
import type { DeliveryOptions } from './delivery-options.js';

/** The transport of a stream whose events a command stored by itself. */
const TRANSPORT = 'send';

/** How often a server that starts is looked for, in milliseconds. */
const LOOK_MS = 50;

/** What is delivered, and how patiently. */
export interface Delivery {
  /** JSON values, a line each, unless `contentType` says otherwise. */
  readonly body: Body;
  readonly contentType?: string;
  /** How long a server that does not run yet is waited for, in milliseconds. */
  readonly wait: number;
  /** Breaks off the sending. */
  readonly signal: AbortSignal;
}

/** What was stored, and where. */
export interface Delivered {
  readonly receipt: Receipt;
  /** The origin of a server, or the directory of a store. */
  readonly to: string;
}

/**
 * Delivers events to the server that was named, or to that of the store. A named store without a server gets them all
 * the same: one short body is stored by this process, for a stream this process is the store's server until it ends.
 * Without a named store and a server of its own, the server on the usual port is sent to.
 * @throws TelemetryError as {@link send}, or what storing throws.
 */
export async function deliver(options: DeliveryOptions, delivery: Delivery, context: Context): Promise<Delivered> {
  const { url, store, isStoreNamed } = options;
  const { body, wait } = delivery;
  if (url !== undefined || !isStoreNamed) return deliverTo(options, delivery, context);
  const deadline = Date.now() + wait;
  while (!readServerFile(store) && Date.now() < deadline && !context.signal.aborted) {
    await pause(LOOK_MS, context.signal);
  }
  const storable = typeof body === 'string' && delivery.contentType === undefined ? body : undefined;
  if (readServerFile(store)) {
    return deliverTo(options, delivery, context).catch(async (error: unknown) => {
      // A server that was killed leaves its address behind; by then another process may have its pid.
      const receipt =
        storable !== undefined && isRefused(error) ? await storeHere(storable, options.server()) : undefined;
      if (!receipt) throw error;
      return { receipt, to: store };
    });
  }
  const receipt = storable === undefined ? undefined : await storeHere(storable, options.server());
  return receipt ? { receipt, to: store } : receiveHere(options, delivery, context);
}

function isRefused(error: unknown): boolean {
  return error instanceof TelemetryError && codeOf(error.cause) === 'ECONNREFUSED';
}

async function deliverTo(
  { url, store, token, trust }: DeliveryOptions,
  { body, contentType, wait, signal }: Delivery,
  context: Context,
): Promise<Delivered> {
  const { send } = await import('../../client/send.js');
  const { readTrust } = await import('../../client/trust.js');
  const destination = (): string => url ?? readServerFile(store)?.url ?? `http://127.0.0.1:${DEFAULT_PORT}`;
  const receipt = await send(body, {
    url: destination,
    token,
    trust: {
      ...readTrust(trust),
      pinned: () => (url === undefined ? readServerFile(store)?.certificate : undefined),
    },
    wait,
    waitSignal: context.signal,
    signal,
    ...(contentType !== undefined && { contentType }),
  });
  return { receipt, to: new URL(destination()).origin };
}

/** Stores a body in a store that has no server; undefined when another process holds the store: its server starts. */
async function storeHere(body: string, server: ServeOptions): Promise<Receipt | undefined> {
  const { lockStore } = await import('../../store/locks/store-lock.js');
  const unlock = lockStore(server.store);
  if (!unlock) return undefined;
  try {
    const { openEventStore } = await import('../../server/store-events.js');
    const events = await openEventStore({ ...server, transport: TRANSPORT });
    try {
      const { refused, accepted, duplicates, stream } = events.store({
        source: ONCE,
        position: 0,
        checkpoint: '',
        body: Buffer.from(body),
      });
      if (refused) throw new TelemetryError('failure', `the event was refused: ${refused.message}`);
      return { accepted, duplicates, stream };
    } finally {
      events.close();
    }
  } finally {
    unlock();
  }
}

/** Sends to the store's server, which this process becomes unless another one is just about to. */
async function receiveHere(
  { store, trust, token, server }: DeliveryOptions,
  { body, contentType, signal }: Delivery,
  context: Context,
): Promise<Delivered> {
  const { openReceiver } = await import('./receiver.js');
  const { send } = await import('../../client/send.js');
  const say = (text: string): void => void context.streams.err.write(`telemetry: ${text}\n`);
  const receiver = await openReceiver({ url: undefined, trust, server: { ...server(), token }, signal, say });
  try {
    const receipt = await Promise.race([
      send(body, {
        url: () => receiver.url(),
        token: receiver.token,
        trust: receiver.trust,
        waitSignal: context.signal,
        signal,
        ...(contentType !== undefined && { contentType }),
      }),
      receiver.failed,
    ]);
    return { receipt, to: store };
  } finally {
    await receiver.stop();
  }
}
