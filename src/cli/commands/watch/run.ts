import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceServer } from '../../../client/source.js';
import { readServerFile } from '../../../client/server-file.js';
import { TelemetryError } from '../../../core/errors.js';
import { checkFormat } from '../../../sources/import/input-format.js';
import { lockFeed } from '../../../store/locks/source-lock.js';
import { watchFiles } from '../../../sources/follow/watch.js';
import type { Context } from '../../shared/context.js';
import { openReceiver, type Receiver } from '../../shared/receiver.js';
import type { WatchCommandOptions } from './options.js';

/** Names that a machine has for itself. */
const OURSELVES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Follows the files until it is told to stop. */
export async function run(options: WatchCommandOptions, context: Context): Promise<void> {
  const { streams, signal, cwd } = context;
  const say = (text: string): void => void streams.err.write(`telemetry: ${text}\n`);
  if (options.as) checkFormat(options.as);
  const receiver = await openReceiver({ ...options, signal, say });
  const lockDir = lockDirectory(options);
  try {
    await Promise.race([
      watchFiles({
        names: options.names,
        cwd,
        server: talking(receiver, say, () => context.now()),
        isShared: options.url !== undefined && !OURSELVES.has(new URL(options.url).hostname),
        isFromStart: options.isFromStart,
        as: options.as,
        members: options.members,
        maxEventBytes: options.server.maxEventSize,
        signal,
        lock: source => lockFeed(lockDir, source),
        report: say,
      }),
      receiver.failed,
    ]);
  } catch (error) {
    if (!signal.aborted || !(error instanceof TelemetryError) || error.kind !== 'interrupted') throw error;
    say('ends while the server is away: what is not stored is read at the next start');
  } finally {
    await receiver.stop();
  }
}

/** Longer than the longest pause between two attempts. */
const NEW_ABSENCE_MS = 30_000;

/** Says when the server is away: the watch waits, however long. */
function talking(receiver: Receiver, say: (text: string) => void, now: () => number): SourceServer {
  let triedAt = -Infinity;
  return {
    url: () => receiver.url(),
    get token() {
      return receiver.token;
    },
    get trust() {
      return receiver.trust;
    },
    async recover() {
      const before = receiver.url();
      if (now() - triedAt > NEW_ABSENCE_MS) say(`the server at ${before} does not answer or is busy: waits for it`);
      triedAt = now();
      await receiver.recover();
      if (receiver.url() !== before) say(`goes on with the server at ${receiver.url()}`);
    },
  };
}

/** All watches that send to one store have to meet: in the store, or where the server's URL leads when that is elsewhere. */
function lockDirectory({ url, server }: WatchCommandOptions): string {
  if (url === undefined || new URL(url).origin === originOf(readServerFile(server.store)?.url)) return server.store;
  const name = createHash('sha256').update(new URL(url).origin).digest('hex').slice(0, 16);
  return join(tmpdir(), `telemetry-${process.getuid?.() ?? 'user'}-${name}`);
}

function originOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).origin;
}
