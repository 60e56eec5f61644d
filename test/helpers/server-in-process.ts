import { PassThrough, Writable } from 'node:stream';
import { runCommandLine } from '../../src/cli/command-line.js';
import { createStreams } from '../../src/cli/shared/streams.js';
import { NO_HOME, NO_QUERIES, urlIn, type ServeSetup, type TestServer } from './server.js';

/** Those that a test started and did not end. */
const running = new Set<Pick<TestServer, 'end'>>();

/** Ends the servers that the tests of a file left running. */
export async function endServersInProcess(): Promise<void> {
  await Promise.all([...running].map(server => server.end()));
}

/** A server in the process of the test. */
export type ServerInProcess = Pick<TestServer, 'url' | 'port' | 'store' | 'said' | 'end'>;

/**
 * Starts `telemetry serve --port 0` in the process of the test, which takes a fifth of the time of `serve()`: for tests of
 * what a server answers and stores. Not for those of its process: signals, kills, memory, and clients that block this one.
 * @throws Error with its last words when it ends instead of listening.
 */
export async function serveInProcess({
  store,
  args = [],
  env = {},
}: Omit<ServeSetup, 'under'>): Promise<ServerInProcess> {
  const stopping = new AbortController();
  let said = '';
  let look: () => void = () => undefined;
  const stderr = new Writable({
    write(chunk: Buffer, _encoding, done) {
      said += chunk.toString();
      look();
      done();
    },
  });
  const surroundings = { PATH: process.env.PATH ?? '', HOME: NO_HOME, ...env };
  const queries = args.includes('--query-processes') ? [] : NO_QUERIES;
  const ended = runCommandLine(['serve', '--port', '0', '--store', store, ...queries, ...args], {
    streams: createStreams(
      { stdin: new PassThrough().end(), stdout: new PassThrough().resume(), stderr },
      surroundings,
    ),
    signal: stopping.signal,
    onHangUp: () => undefined,
    takeSignals: () => undefined,
    mayEndInNativeCode: false,
    env: surroundings,
    cwd: '/',
    now: Date.now,
  });
  const url = await new Promise<string>((resolve, reject) => {
    look = () => {
      const found = urlIn(said);
      if (found !== undefined) resolve(found);
    };
    void ended.then(({ code }) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
  const server = {
    url,
    port: Number(new URL(url).port),
    store,
    said: () => said,
    async end() {
      stopping.abort();
      running.delete(server);
      return (await ended).code;
    },
  };
  running.add(server);
  return server;
}
