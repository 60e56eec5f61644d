import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.js';
import { createStreams } from '../../src/cli/shared/streams.js';
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

/** Starts one in `dir`, on the store in it, as a process. */
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

/** The same in the process of the test, which takes a tenth of the time: for those that no signal kills. */
export function watchInProcess(dir: string, args: readonly string[]): Watcher {
  const [out, err] = [new Printed(), new Printed()];
  const stopping = new AbortController();
  const env = cleanEnv(dir);
  const ended = runCommandLine(['watch', '--store', join(dir, 'store'), ...args], {
    streams: createStreams({ stdin: new PassThrough().end(), stdout: out, stderr: err }, env),
    signal: stopping.signal,
    onHangUp: () => undefined,
    takeSignals: () => undefined,
    mayEndInNativeCode: false,
    env,
    cwd: dir,
    now: Date.now,
  }).then(({ code }) => code);
  const end = (): Promise<number | null> => {
    stopping.abort();
    return ended;
  };
  onTestFinished(async () => {
    await end();
  });
  return { said: () => err.text, printed: () => out.text, ended, end };
}

/** A stream that keeps what is printed to it. */
class Printed extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** The messages of the log events in the store of `dir`, in their order. */
export function messages(dir: string): string[] {
  if (!existsSync(join(dir, 'store', 'telemetry.db'))) return [];
  return payloads(join(dir, 'store')).map(payload => (JSON.parse(payload) as { msg: string }).msg);
}
