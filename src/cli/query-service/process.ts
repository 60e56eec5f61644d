/*
 * A query process of a server: answers questions about one store, one at a time, with the code of the commands, so that
 * the answer is that of the command without a server. DuckDB, SQLite and the commands stay loaded.
 * Started by server/query-pool/pool.ts, which sends the socket of each question; ends with its parent.
 */
import { realpathSync } from 'node:fs';
import type { Socket } from 'node:net';
import { FRAME, frame, frameReader, type QueryRequest } from '../../client/query-frames.js';
import { codeOf } from '../../core/errors.js';
import { ReadyStores } from '../../query/ready-stores.js';
import { usualQueryMemory } from '../../query/sandbox/memory-limit.js';
import { runCommandLine } from '../command-line.js';
import type { Surroundings } from '../shared/context.js';
import type { Settings } from '../config/resolve.js';
import { isStillRunning } from '../shared/forced-end.js';
import { VERSION } from '../shared/version.js';
import { isQuestion, isTail } from './eligible.js';
import { SocketStreams } from './socket-streams.js';

const store = realpathSync(process.argv[2]!);

/** True for the questions that this process takes. */
const isTaken = process.argv[3] === 'tails' ? isTail : isQuestion;

/** All processes together have the memory of one query. */
const readyStores = new ReadyStores(store, Math.floor(usualQueryMemory() / Number(process.argv[4])));

/** A directory that no user unmounts or removes; a question runs in that of its client. */
const RESTING_DIRECTORY = '/';

/** Time between a forced end's last frame and the end of the process, in milliseconds. */
const LAST_FRAME_MS = 100;

process.on('disconnect', endNow);
// An exit by Node joins its threads, and one of them may wait for this one to bind a table function.
process.on('uncaughtException', error => {
  console.error(error);
  endNow();
});
// Ctrl-C reaches all processes of a terminal, but the server decides when this one stops.
process.on('SIGINT', () => undefined);
// A message to a server that has gone cannot be sent: the disconnect ends this process.
process.on('error', () => undefined);
process.on('message', (_message, socket) => void answer(socket as Socket));
await warmUp();
process.send?.('ready');

/** Loads what the first question would have to load, which waits for the store to be open. */
async function warmUp(): Promise<void> {
  readyStores.renew();
  await Promise.all([
    import('../commands/query/run.js'),
    import('../commands/stats/run.js'),
    import('../config/resolve.js'),
  ]);
}

/** Reads a question from the socket, runs its command line, and tells the pool that this process is free. */
async function answer(socket: Socket): Promise<void> {
  const controller = new AbortController();
  socket.on('error', () => undefined);
  socket.on('close', () => controller.abort());
  try {
    const request = await requestOf(socket, () => controller.abort());
    if (request) await run(request, socket, controller.signal);
  } finally {
    socket.destroy();
    process.send?.('idle');
    readyStores.renew();
  }
}

/** The request of a client; undefined when it went first or sent another thing. */
function requestOf(socket: Socket, onInterrupt: () => void): Promise<QueryRequest | undefined> {
  return new Promise(resolve => {
    const read = frameReader((kind, payload) => {
      if (kind === FRAME.request) resolve(JSON.parse(payload.toString()) as QueryRequest);
      if (kind === FRAME.interrupt) onInterrupt();
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        read(chunk);
      } catch {
        socket.destroy();
      }
    });
    socket.on('close', () => resolve(undefined));
    socket.resume();
  });
}

async function run(request: QueryRequest, socket: Socket, signal: AbortSignal): Promise<void> {
  const reason = reasonToDecline(request);
  if (reason !== undefined) {
    await new Promise<void>(resolve => socket.end(frame(FRAME.decline, reason), () => resolve()));
    return;
  }
  const streams = new SocketStreams(request, socket);
  const { code, error } = await runCommandLine(request.args, surroundingsOf(request, streams, signal));
  process.chdir(RESTING_DIRECTORY);
  await streams.end(code);
  if (!isStillRunning(error)) return;
  await new Promise(resolve => setTimeout(resolve, LAST_FRAME_MS));
  endNow();
}

/** Ends this process, even while native code runs that looks at no interrupt. The temporary files go, as at an exit. */
function endNow(): void {
  process.emit('exit', 0);
  process.kill(process.pid, 'SIGKILL');
}

/** Sets the working directory of the client. Returns the reason why this process cannot stand for the client's. */
function reasonToDecline({ version, args, cwd, env, uid }: QueryRequest): string | undefined {
  if (version !== VERSION) return `this server is telemetry ${VERSION}`;
  if (uid !== process.getuid?.()) return 'the server runs as another user';
  if (!isTaken(args)) return 'the command is not a question';
  if (env.TZ !== process.env.TZ) return 'the time zone differs';
  for (const name of ['HOME', 'USERPROFILE']) if (env[name] !== undefined) process.env[name] = env[name];
  try {
    process.chdir(cwd);
    return undefined;
  } catch (error) {
    return `the working directory cannot be entered: ${codeOf(error)}`;
  }
}

function surroundingsOf({ env, cwd }: QueryRequest, streams: SocketStreams, signal: AbortSignal): Surroundings {
  return {
    streams,
    signal,
    onHangUp: () => undefined,
    takeSignals: () => undefined,
    mayEndInNativeCode: true,
    readyStores,
    env,
    cwd,
    now: Date.now,
    onCaughtUp: () => streams.caughtUp(),
    onSettings: settings => declineOthers(settings, streams),
  };
}

/** Declines a question about another store, and one whose memory is not that of the pool. */
function declineOthers(settings: Settings, streams: SocketStreams): void {
  let reason: string | undefined;
  if (realPath(settings.get('store')) !== store) reason = 'it asks another store';
  else if (settings.origin('queryMemory').kind !== 'default') reason = 'it names a memory limit';
  if (reason === undefined) return;
  streams.decline(reason);
  throw new Error(reason);
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
