import { PassThrough, Writable } from 'node:stream';
import { runCommandLine } from '../../src/cli/command-line.js';
import { createStreams } from '../../src/cli/shared/streams.js';
import { cleanEnv, type Finished } from '../cli/command.js';

/** The directory of the command that runs, and how many run there. */
const running = { cwd: '', count: 0 };
const home = process.cwd();

/**
 * Runs a telemetry command in the process of the test, which takes a tenth of the time of `telemetry()`: for what a test
 * prepares and checks. What it tests runs as a process at least once. Not for commands that signals end or that read stdin.
 * @throws Error when a command still runs in another directory.
 */
export async function commandInProcess(
  args: readonly string[],
  { cwd, env: more }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Finished> {
  const env = cleanEnv(cwd, more);
  const out = collector();
  const err = collector();
  const stdin = new PassThrough().end();
  const streams = createStreams({ stdin, stdout: out.stream, stderr: err.stream }, env);
  enter(cwd);
  try {
    const { code } = await runCommandLine(args, {
      streams,
      signal: new AbortController().signal,
      onHangUp: () => undefined,
      takeSignals: () => undefined,
      mayEndInNativeCode: false,
      env,
      cwd,
      now: Date.now,
    });
    return { code, out: out.text(), err: err.text() };
  } finally {
    leave();
  }
}

function collector() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

function enter(cwd: string): void {
  if (running.count > 0 && running.cwd !== cwd) throw new Error(`a command still runs in ${running.cwd}`);
  running.cwd = cwd;
  if (running.count++ === 0) process.chdir(cwd);
}

function leave(): void {
  if (--running.count === 0) process.chdir(home);
}
