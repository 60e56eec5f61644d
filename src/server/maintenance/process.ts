/*
 * The process that keeps the archive beside a server: what DuckDB takes in memory and time is not the receiver's, and
 * the system lets the receiver go first. Started by start-keeper.ts; ends with its parent, however that ends.
 */
import { setPriority } from 'node:os';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { keepArchive, type KeeperOptions } from '../../store/archive/maintain/maintenance.js';
import { retentionChore } from '../../consumers/retention/task.js';

/** What the process is started with, as JSON in its one argument. */
export interface KeeperProcessOptions extends Omit<KeeperOptions, 'now'> {
  /** How often the store's retention policy is applied, in milliseconds. */
  readonly retentionEvery: number;
}

/** What it says. */
export type FromKeeper =
  | { readonly kind: 'sealed'; readonly events: number; readonly segments: number }
  | { readonly kind: 'compacted'; readonly segments: number; readonly into: number }
  | { readonly kind: 'could-not-compact'; readonly reason: string }
  | { readonly kind: 'disk-full'; readonly reason: string }
  | { readonly kind: 'removed'; readonly events: number; readonly bytes: number; readonly text: string }
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'failed'; readonly message: string; readonly remedy: string | undefined };

/** Between that of the receiver (0) and of what runs when nothing else does (19): sealing must keep up with what comes in. */
const NICENESS = 5;

const aborter = new AbortController();
process.on('disconnect', () => aborter.abort());
process.on('message', () => aborter.abort());
if (!process.connected) aborter.abort();
// Ctrl-C reaches all processes of a terminal: the server says when to stop.
process.on('SIGINT', () => undefined);
setPriority(NICENESS);

function say(message: FromKeeper): void {
  if (process.connected) process.send?.(message);
}

try {
  const options = JSON.parse(process.argv[2]!) as KeeperProcessOptions;
  const { dir, retentionEvery, memory, threads } = options;
  const now = (): number => Date.now() * 1000;
  const { signal } = aborter;
  const chore = retentionChore(
    dir,
    retentionEvery,
    { signal, now, isShared: () => true, engine: { memory, threads } },
    {
      removed: (events, bytes, text) => say({ kind: 'removed', events, bytes, text }),
      trouble: text => say({ kind: 'trouble', text }),
    },
  );
  await keepArchive(
    { ...options, now },
    {
      sealed: (events, segments) => say({ kind: 'sealed', events, segments }),
      compacted: (segments, into) => say({ kind: 'compacted', segments, into }),
      couldNotCompact: reason => say({ kind: 'could-not-compact', reason }),
      diskFull: reason => say({ kind: 'disk-full', reason }),
    },
    signal,
    chore,
  );
} catch (error) {
  const remedy = error instanceof TelemetryError ? error.remedy : undefined;
  say({ kind: 'failed', message: messageOf(error), remedy });
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
