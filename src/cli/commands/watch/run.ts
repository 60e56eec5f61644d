import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceServer } from '../../../client/source.js';
import { readServerFile } from '../../../client/server-file.js';
import { TelemetryError } from '../../../core/errors.js';
import { checkFormat } from '../../../sources/import/input-format.js';
import { lockSource } from '../../../store/locks/source-lock.js';
import { watchFiles } from '../../../sources/follow/watch.js';
import type { Context } from '../../shared/context.js';
import { openReceiver, type Receiver } from '../../shared/receiver.js';
import type { WatchCommandOptions } from './options.js';

/** Host names of loopback. */
const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Follows the files until the signal aborts. */
export async function run(options: WatchCommandOptions, context: Context): Promise<void> {
  const { streams, signal, cwd } = context;
  const log = (text: string): void => void streams.err.write(`telemetry: ${text}\n`);
  if (options.as) checkFormat(options.as);
  const receiver = await openReceiver({ command: 'watch', ...options, signal, log });
  const lockDir = lockDirectory(options);
  try {
    await Promise.race([
      watchFiles({
        names: options.names,
        cwd,
        server: loggingOutages(receiver, log, () => context.now()),
        isShared: options.url !== undefined && !LOOPBACK_NAMES.has(new URL(options.url).hostname),
        isFromStart: options.isFromStart,
        as: options.as,
        members: options.members,
        maxEventBytes: options.server.maxEventSize,
        signal,
        lock: source => lockSource(lockDir, source),
        report: log,
      }),
      receiver.failed,
    ]);
  } catch (error) {
    if (!signal.aborted || !(error instanceof TelemetryError) || error.kind !== 'interrupted') throw error;
    log('stopped while the server is unreachable; the next start reads the remaining lines');
  } finally {
    await receiver.stop();
  }
}

/** An attempt after a pause longer than this starts a new outage. Longer than any pause between two attempts. */
const NEW_OUTAGE_MS = 30_000;

/** Logs when the server is unreachable. The watch waits for it without a limit. */
function loggingOutages(receiver: Receiver, log: (text: string) => void, now: () => number): SourceServer {
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
      if (now() - triedAt > NEW_OUTAGE_MS) log(`the server at ${before} is unreachable or busy; waiting for it`);
      triedAt = now();
      await receiver.recover();
      if (receiver.url() !== before) log(`continuing with the server at ${receiver.url()}`);
    },
  };
}

/** The directory of the locks that watches of the same store share: the store, or one derived from a remote URL. */
function lockDirectory({ url, server }: WatchCommandOptions): string {
  if (url === undefined || new URL(url).origin === originOf(readServerFile(server.store)?.url)) return server.store;
  const name = createHash('sha256').update(new URL(url).origin).digest('hex').slice(0, 16);
  return join(tmpdir(), `telemetry-${process.getuid?.() ?? 'user'}-${name}`);
}

function originOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).origin;
}
