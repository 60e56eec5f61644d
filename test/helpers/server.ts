import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../bin/telemetry.js', import.meta.url));

/** No settings of whoever runs the tests. */
export const NO_HOME = '/nonexistent';

/** Longer than a server takes to start on a busy machine. */
const START_MS = 90_000;

/** Those that a test started and did not end. */
const running = new Set<ChildProcess>();

/** Ends the servers that the tests of a file left running. */
export function endServers(): void {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
}

/** A `telemetry serve` of its own, as a user runs it. */
export interface TestServer {
  /** Such as `http://127.0.0.1:40123`, from the banner. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly store: string;
  readonly process: ChildProcess;
  /** What it said on stderr so far. */
  said(): string;
  /** Sends a signal and waits for the end of the process: its exit code as a shell sees it. */
  end(signal?: NodeJS.Signals): Promise<number>;
}

/** How to start one. */
export interface ServeSetup {
  readonly store: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs the server's, such as `prlimit --fsize=100000`. */
  readonly under?: readonly string[];
}

/** The end of a command that was not expected to go on. */
export interface Ended {
  readonly code: number;
  readonly err: string;
}

/** Starts `telemetry serve --port 0`; rejects with its last words when it ends instead of listening. */
export async function serve(setup: ServeSetup): Promise<TestServer> {
  const { child, ended, said } = launch(setup);
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server did not start: ${said()}`)), START_MS);
    const look = (): void => {
      const found = urlIn(said());
      if (found === undefined) return;
      clearTimeout(timer);
      child.stderr.off('data', look);
      resolve(found);
    };
    child.stderr.on('data', look);
    void ended.then(({ code, err }) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${code}: ${err}`));
    });
  });
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid!,
    store: setup.store,
    process: child,
    said,
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return (await ended).code;
    },
  };
}

/** The address in a banner, once all of that is there: its last line is empty. */
export function urlIn(said: string): string | undefined {
  return said.endsWith('\n\n') ? /listens on (https?:\S+)/.exec(said)?.[1] : undefined;
}

/** Runs `telemetry serve` where it is expected to refuse. */
export async function serveRefused(setup: ServeSetup): Promise<Ended> {
  return launch(setup).ended;
}

/** A process that a signal ended has, for a shell, 128 and the signal's number. */
function shellCode(code: unknown, signal: unknown): number {
  return typeof code === 'number' ? code : 128 + constants.signals[signal as NodeJS.Signals];
}

/** Query processes only where a test is about them: each first question would start one. */
export const NO_QUERIES = ['--query-processes', '0'];

function launch({ store, args = [], env = {}, under = [] }: ServeSetup) {
  const queries = args.includes('--query-processes') ? [] : NO_QUERIES;
  const options = ['serve', '--port', '0', '--store', store, ...queries, ...args];
  const [command, ...rest] = [...under, process.execPath, COMMAND, ...options];
  const child = spawn(command!, rest, {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '', HOME: NO_HOME, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close').then(([code, signal]: unknown[]): Ended => ({
    code: shellCode(code, signal),
    err,
  }));
  return { child, ended, said: () => err };
}
