import { randomUUID } from 'node:crypto';
import type { SourceServer } from '../../client/source.js';
import { readServerFile } from '../../client/server-file.js';
import type { TrustFiles } from '../../client/trust.js';
import { TelemetryError } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import type { HeldStore } from '../../server/acquire-store.js';
import { HELD_BY_ANOTHER, startServer } from '../../server/server.js';
import { type RunningServer, type ServerOptions } from '../../server/server-options.js';
import type { ServeOptions } from './serve-options.js';
import { VERSION } from './version.js';

/** How long a server that is gone may take to be back before this process takes its place. */
const TAKE_OVER_MS = 20_000;

/** How often it is looked for. */
const LOOK_MS = 50;

/** The same reason for a wait is said this often. */
const SAY_WAIT_EVERY_MS = 60_000;

/** The server that a command's events go to. */
export interface Receiver extends SourceServer {
  /** Whether it runs in this process. */
  readonly isOwn: boolean;
  /** Rejects when a server of this process can no longer do its work. */
  readonly failed: Promise<never>;
  /** Stops the server if it is this process's. */
  stop(): Promise<void>;
}

/** What a receiver is found or made with. */
export interface ReceiverOptions {
  /** A server that was named: no other will do. */
  readonly url: string | undefined;
  readonly trust: TrustFiles;
  readonly server: ServeOptions;
  /** The store, when this process holds it already, so that no other can be its server. */
  readonly held?: HeldStore | undefined;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/**
 * The server that was named, or the one that holds the store; without one this process is the store's server for as
 * long as its command works, so that other commands can send to the store meanwhile.
 * @throws TelemetryError what starting a server throws.
 */
export async function openReceiver({
  url: named,
  trust,
  server: options,
  held,
  signal,
  say,
}: ReceiverOptions): Promise<Receiver> {
  const { store } = options;
  let own: RunningServer | undefined;
  let url = '';
  let { token } = options;
  let goneSince: number | undefined;
  /** Whether the server that was found last ends with a command: nobody will start it again. */
  let isTemporary = false;

  function find(): boolean {
    const found = readServerFile(store);
    if (!found) return false;
    url = found.url;
    isTemporary = found.isTemporary === true;
    return true;
  }

  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);

  async function become(hold?: HeldStore): Promise<void> {
    let started = await startServer(ownServer(options, say), hold);
    if (token === undefined && started.needsToken()) {
      // The store has tokens, none of which is ours to use: this process gets one for as long as it works.
      await started.stop();
      token = randomUUID();
      started = await startServer({ ...ownServer(options, say), token });
    }
    started.failed.catch(fail);
    own = started;
    url = started.url;
  }

  /** Starts a server, unless another process is just about to: it holds the store, and has not said where it listens. */
  async function findOrBecome(): Promise<void> {
    const begun = Date.now();
    for (;;) {
      if (find()) return;
      try {
        await become();
        return;
      } catch (error) {
        const isHeld = error instanceof TelemetryError && error.cause === HELD_BY_ANOTHER;
        if (!isHeld || signal.aborted || Date.now() - begun > TAKE_OVER_MS) throw error;
      }
      await pause(LOOK_MS, signal);
    }
  }

  // Loaded only where it is asked for: it takes TLS with it.
  const isTrusting = Object.values(trust).some(file => file !== undefined);
  const { options: trusted } = isTrusting ? (await import('../../client/trust.js')).readTrust(trust) : { options: {} };
  if (named !== undefined) url = named;
  else if (held) await become(held);
  else await findOrBecome();
  return {
    url: () => url,
    trust: { options: trusted, pinned: () => (named === undefined ? readServerFile(store)?.certificate : undefined) },
    get token() {
      return token;
    },
    failed,
    get isOwn() {
      return own !== undefined;
    },
    async recover() {
      if (named !== undefined || own) return;
      if (find()) {
        goneSince = undefined;
        return;
      }
      goneSince ??= Date.now();
      if (!isTemporary && Date.now() - goneSince < TAKE_OVER_MS) return;
      await findOrBecome();
    },
    onWait: waitNotice(say),
    stop: async () => own?.stop(),
  };
}

/** Says the reason for a wait, once a minute while it stays the same. */
function waitNotice(say: (text: string) => void): (reason: TelemetryError) => void {
  let said = '';
  let saidAt = -Infinity;
  return ({ message }) => {
    const now = performance.now();
    if (message === said && now - saidAt < SAY_WAIT_EVERY_MS) return;
    said = message;
    saidAt = now;
    say(`waiting: ${message}`);
  };
}

/** Follows the settings of the store's server, but listens on a free port of this machine alone, and pulls nothing. */
function ownServer(options: ServeOptions, say: (text: string) => void): ServerOptions {
  return {
    ...options,
    host: '127.0.0.1',
    port: 0,
    rateLimit: undefined,
    tls: undefined,
    otlpGrpc: undefined,
    version: VERSION,
    sources: { scrape: [] },
    isTemporary: true,
    say,
  };
}
