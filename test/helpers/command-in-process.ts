import { PassThrough, Writable } from 'node:stream';
import { requestEnvironment } from '../../src/client/query-frames.js';
import { Question } from '../../src/client/question.js';
import { runCommandLine } from '../../src/cli/command-line.js';
import { isQuestion } from '../../src/cli/query-service/eligible.js';
import { findQuerySocket } from '../../src/cli/query-service/find-socket.js';
import { createStreams } from '../../src/cli/shared/streams.js';
import { VERSION } from '../../src/cli/shared/version.js';
import { cleanEnv, type Finished } from '../cli/command.js';

/** The directory of the command that runs, and how many run there. */
const running = { cwd: '', count: 0 };
const home = process.cwd();

interface CommandSetup {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from stdin. */
  readonly input?: string;
}

/**
 * Runs a telemetry command in the process of the test, which takes a tenth of the time of `telemetry()`: for what a test
 * prepares and checks. What it tests runs as a process at least once. Not for commands that signals end or that open
 * /dev/stdin.
 * @throws Error when a command still runs in another directory.
 */
export async function commandInProcess(
  args: readonly string[],
  { cwd, env: more, input = '' }: CommandSetup,
): Promise<Finished> {
  const env = cleanEnv(cwd, more);
  const out = collector();
  const err = collector();
  const stdin = new PassThrough().end(input);
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

/**
 * Runs a telemetry command in the query process of the store's server, as the command does that is started as a process;
 * in this process where that would run it itself.
 */
export async function askInProcess(args: readonly string[], setup: CommandSetup): Promise<Finished> {
  const { cwd } = setup;
  const env = cleanEnv(cwd, setup.env);
  const path = isQuestion(args) ? findQuerySocket(args, env, cwd) : undefined;
  if (path === undefined) return commandInProcess(args, setup);
  const printed = { out: [] as Buffer[], err: [] as Buffer[] };
  const pipe = { isTTY: false, columns: 0 };
  const question = new Question(
    path,
    {
      version: VERSION,
      args,
      cwd,
      env: requestEnvironment(env),
      uid: process.getuid?.(),
      stdout: pipe,
      stderr: pipe,
    },
    {
      out: bytes => void printed.out.push(Buffer.from(bytes)),
      err: bytes => void printed.err.push(Buffer.from(bytes)),
    },
  );
  const outcome = await question.outcome;
  if (outcome.kind === 'declined') return commandInProcess(args, setup);
  if (outcome.kind === 'lost') throw new Error('the query process ended before the answer was complete');
  return {
    code: outcome.code,
    out: Buffer.concat(printed.out).toString(),
    err: Buffer.concat(printed.err).toString(),
  };
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
