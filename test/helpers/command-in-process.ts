import { PassThrough, Writable } from 'node:stream';
import { CommanderError } from 'commander';
import { EXIT, TelemetryError } from '../../src/core/errors.js';
import { resolveSettings } from '../../src/cli/config/resolve.js';
import { createProgram } from '../../src/cli/program.js';
import { commandLine } from '../../src/cli/shared/command-words.js';
import type { Start } from '../../src/cli/shared/context.js';
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
  let code: number = EXIT.ok;
  const start: Start = async flags => ({
    streams,
    signal: new AbortController().signal,
    onHangUp: () => undefined,
    takeSignals: () => undefined,
    exitWith: given => (code = given),
    env,
    cwd,
    now: Date.now,
    settings: await resolveSettings({ flags, env, cwd }),
  });

  enter(cwd);
  try {
    await parse(start, args, err.stream);
  } catch (error) {
    code = failed(error, err.stream);
  } finally {
    leave();
  }
  return { code, out: out.text(), err: err.text() };
}

async function parse(start: Start, given: readonly string[], err: Writable): Promise<void> {
  const { args, command: called } = commandLine(given);
  const { program, manuals } = createProgram(start, called);
  for (const command of [program, ...manuals.map(manual => manual.command)]) {
    command.configureOutput({
      writeErr: text => err.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'telemetry: ')),
    });
  }
  await program.parseAsync(args, { from: 'user' });
}

/** Prints an error as the command does. Rethrows what it would call an internal error or a fault of the system. */
function failed(error: unknown, err: Writable): number {
  if (error instanceof CommanderError) return EXIT.usage;
  if (!(error instanceof TelemetryError)) throw error;
  err.write(`telemetry: ${error.message}\n${error.remedy === undefined ? '' : `${error.remedy}\n`}`);
  return EXIT[error.kind];
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
