import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cleanEnv, TELEMETRY } from '../cli/command.js';
import { payloads } from './store.js';

/** A `telemetry watch` that runs. */
export interface Watcher {
  /** What it said on stderr so far. */
  said(): string;
  /** What it printed on stdout so far. */
  printed(): string;
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts one in `dir`, on the store in it. */
export function watch(dir: string, args: readonly string[]): Watcher {
  const child = spawn(process.execPath, [TELEMETRY, 'watch', '--store', join(dir, 'store'), ...args], {
    cwd: dir,
    env: cleanEnv(dir),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  let out = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    said: () => err,
    printed: () => out,
    ended,
    end(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}

/** The messages of the log events in the store of `dir`, in their order. */
export function messages(dir: string): string[] {
  if (!existsSync(join(dir, 'store', 'telemetry.db'))) return [];
  return payloads(join(dir, 'store')).map(payload => (JSON.parse(payload) as { msg: string }).msg);
}
