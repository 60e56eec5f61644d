import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Capture, CapturedStream, CaptureOutcome } from '../../../sources/exec/capture.js';
import { readServerFile } from '../../../client/server-file.js';
import { codeOf, EXIT, TelemetryError } from '../../../core/errors.js';
import type { Context } from '../../shared/context.js';
import type { Receiver } from '../../shared/receiver.js';
import type { Output } from '../../shared/streams.js';
import { startChild, type Child } from './child.js';
import type { RunOptions } from './options.js';
import type { Destination } from './destination.js';
import { environmentFor, serviceIn } from './environment.js';
import { openLocalProxy, type LocalProxy } from './local-proxy.js';
import { openPipes } from './pipes.js';

/** Runs the command, and starts it before any other module is loaded. */
export async function run(options: RunOptions, context: Context): Promise<void> {
  const checks = options.assertFile === undefined ? undefined : await openChecks(options, options.assertFile);
  const { streams, env } = context;
  const [command] = options.command;
  const service = options.service ?? serviceIn(env) ?? basename(command);
  const runId = randomUUID();
  const log = (text: string): void => void streams.err.write(`telemetry: ${text}\n`);
  /** The first aborts sending, the second the wait for background processes of the command. */
  const givingUp = new AbortController();
  const leaving = new AbortController();
  let opened: (destination: Destination) => void = () => undefined;
  const destinationOpened = new Promise<Destination>(resolve => (opened = resolve));

  const receiver = async (): Promise<Receiver> => (await destinationOpened).receiver();
  const { child, proxy, token } = await startCommand(options, env, { service, runId, receiver });
  context.takeSignals(name => {
    if (child.isRunning) child.pass(name);
    else for (const controller of [leaving, givingUp]) controller.abort();
  });
  const destination = await openDestinationOf(options, token, givingUp, log);
  opened(destination);
  const { Capture } = await import('../../../sources/exec/capture.js');
  const { exitEvent } = await import('../../../sources/exec/exit-event.js');
  const meta = { command, service, pid: child.pid, runId };
  const capture = new Capture({
    ...meta,
    post: destination.post,
    maxEventBytes: options.server.maxEventSize,
    signal: givingUp.signal,
    onLost: error => log(`the output of ${command} is not stored: ${problemOf(error)}`),
  });
  const passed =
    child.output && passOutput(child.output, streams, { capture, destination, signal: leaving.signal, log });
  const end = await child.ended;
  const time = new Date(context.now()).toISOString();
  if (end.error !== undefined) log(`cannot run ${command}: ${end.error}`);
  await passed;
  capture.add(exitEvent(meta, end, time));
  await destination.end();
  const outcome = await capture.finish();
  await proxy?.close();
  await destination.close();
  for (const text of lossText(outcome)) log(text);
  const checked = (await checks?.(runId, context)) ?? EXIT.ok;
  context.exitWith(end.exitCode === EXIT.ok ? checked : end.exitCode);
}

/** Values for the start of a command. */
interface StartOptions {
  readonly service: string;
  readonly runId: string;
  /** Returns the receiver of this process, for a command that connects before one is open. */
  readonly receiver: () => Promise<Receiver>;
}

/** A started command, the proxy that it sends to without a lasting server, and the token that it sends. */
interface Started {
  readonly child: Child;
  readonly proxy: LocalProxy | undefined;
  readonly token: string | undefined;
}

/** Starts the command in an environment that names a lasting server, or a proxy to the receiver of this process. */
async function startCommand(
  options: RunOptions,
  env: Context['env'],
  { service, runId, receiver }: StartOptions,
): Promise<Started> {
  const opening = openPipes();
  const lasting = options.url ?? lastingServer(options.server.store);
  const token = options.server.token ?? (await tokenFor(options));
  const proxy = lasting === undefined ? await openLocalProxy(receiver) : undefined;
  const environment = environmentFor(env, {
    url: lasting ?? proxy!.url,
    service,
    token,
    trust: options.trust,
    isServiceNamed: options.service !== undefined,
    runId,
  });
  return { child: startChild(options.command, environment, await opening), proxy, token };
}

/** Opens the destination of the command's events. A server of this process that fails aborts sending. */
async function openDestinationOf(
  { url, trust, server }: RunOptions,
  token: string | undefined,
  givingUp: AbortController,
  log: (text: string) => void,
): Promise<Destination> {
  const { openDestination } = await import('./destination.js');
  return openDestination({
    url,
    trust,
    server: { ...server, token },
    signal: givingUp.signal,
    onFailed: () => givingUp.abort(),
    log,
  });
}

/** Reads the statements of --assert before the command starts. */
async function openChecks(
  options: RunOptions,
  file: string,
): Promise<(runId: string, context: Context) => Promise<number>> {
  const { readChecks } = await import('./checks.js');
  return readChecks(options, file);
}

/** The URL of the server of the store, unless that ends with another command. */
function lastingServer(store: string): string | undefined {
  const found = readServerFile(store);
  return found && !found.isTemporary ? found.url : undefined;
}

/** Creates a token for a server in this process when the store requires one. */
async function tokenFor({ url, server: { store } }: RunOptions): Promise<string | undefined> {
  if (url !== undefined || readServerFile(store) || !existsSync(join(store, 'telemetry.db'))) return undefined;
  const { hasTokens } = await import('../../../store/database/has-tokens.js');
  try {
    if (!hasTokens(store)) return undefined;
    return randomUUID();
  } catch (error) {
    // Opening the store reports the error.
    if (codeOf(error) !== undefined) return undefined;
    throw error;
  }
}

type Outputs = Readonly<Record<'stdout' | 'stderr', Readable>>;

/** Options for passing the output through. */
interface Passing {
  readonly capture: Capture;
  readonly destination: Destination;
  /** Aborts reading. */
  readonly signal: AbortSignal;
  readonly log: (text: string) => void;
}

async function passOutput({ stdout, stderr }: Outputs, { out, err }: Context['streams'], how: Passing): Promise<void> {
  // Background processes of the command may keep its output open.
  how.signal.addEventListener('abort', () => [stdout, stderr].forEach(output => output.destroy()));
  await Promise.all([
    passThrough(stdout, out, how.capture.open('stdout'), how),
    passThrough(stderr, err, how.capture.open('stderr'), how),
  ]);
}

/**
 * Passes output through, then captures it. When the reader closes its end, so does the command's pipe, as without
 * telemetry.
 */
async function passThrough(
  from: Readable,
  to: Output,
  captured: CapturedStream,
  { capture, destination, log }: Passing,
): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      const written = to.write(chunk);
      captured.take(chunk);
      destination.printed(chunk.length);
      await written;
      await capture.room();
    }
  } catch (error) {
    if (error instanceof TelemetryError) log(error.message);
    else if (codeOf(error) !== 'EPIPE' && codeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
  captured.end();
}

function problemOf(error: Error): string {
  const remedy = error instanceof TelemetryError ? error.remedy : undefined;
  return remedy === undefined ? error.message : `${error.message}\n${remedy}`;
}

function lossText({ lost, refused, refusal }: CaptureOutcome): string[] {
  const count = (events: number): string => `${events.toLocaleString('en-US')} event${events === 1 ? '' : 's'}`;
  return [
    ...(lost > 0 ? [`${count(lost)} could not be stored`] : []),
    ...(refused > 0 ? [`${count(refused)} refused: ${refusal}`] : []),
  ];
}
