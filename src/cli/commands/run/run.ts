import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Capture, CapturedStream, CaptureOutcome } from '../../../sources/exec/capture.js';
import { readServerFile } from '../../../client/server-file.js';
import { codeOf, TelemetryError } from '../../../core/errors.js';
import type { Context } from '../../shared/context.js';
import type { Output } from '../../shared/streams.js';
import { startChild } from './child.js';
import type { RunOptions } from './options.js';
import type { Destination } from './destination.js';
import { environmentFor, serviceIn } from './environment.js';
import { openFrontDoor } from './local-proxy.js';
import { openPipes } from './pipes.js';

/** Runs the command. It starts before anything else is loaded. */
export async function run(options: RunOptions, context: Context): Promise<void> {
  const { streams, env } = context;
  const opening = openPipes();
  const [command] = options.command;
  const service = options.service ?? serviceIn(env) ?? basename(command);
  const runId = randomUUID();
  const say = (text: string): void => void streams.err.write(`telemetry: ${text}\n`);
  /** Ends the sending; and the waiting for what the command left in the background. */
  const givingUp = new AbortController();
  const leaving = new AbortController();
  let opened: (destination: Destination) => void = () => undefined;
  const destinationOpened = new Promise<Destination>(resolve => (opened = resolve));

  const lasting = options.url ?? lastingServer(options.server.store);
  const token = options.server.token ?? (await tokenFor(options));
  const door =
    lasting === undefined ? await openFrontDoor(async () => (await destinationOpened).receiver()) : undefined;
  const url = lasting ?? door!.url;
  const child = startChild(
    options.command,
    environmentFor(env, {
      url,
      service,
      token,
      trust: options.trust,
      isServiceNamed: options.service !== undefined,
      runId,
    }),
    await opening,
  );
  context.takeSignals(name => {
    if (child.isRunning) child.pass(name);
    else for (const controller of [leaving, givingUp]) controller.abort();
  });
  const { openDestination } = await import('./destination.js');
  const destination = await openDestination({
    url: options.url,
    trust: options.trust,
    server: { ...options.server, token },
    signal: givingUp.signal,
    onFailed: () => givingUp.abort(),
    say,
  });
  opened(destination);
  const { Capture } = await import('../../../sources/exec/capture.js');
  const { exitEvent } = await import('../../../sources/exec/exit-event.js');
  const facts = { command, service, pid: child.pid, runId };
  const capture = new Capture({
    ...facts,
    post: destination.post,
    maxEventBytes: options.server.maxEventSize,
    signal: givingUp.signal,
    onLost: error => say(`what ${command} prints is not stored: ${problemOf(error)}`),
  });
  const passed =
    child.output && passOutput(child.output, streams, { capture, destination, signal: leaving.signal, say });
  const end = await child.ended;
  const time = new Date(context.now()).toISOString();
  if (end.error !== undefined) say(`cannot run ${command}: ${end.error}`);
  await passed;
  capture.add(exitEvent(facts, end, time));
  await destination.end();
  const outcome = await capture.finish();
  await door?.close();
  await destination.close();
  for (const text of lossText(outcome)) say(text);
  context.exitWith(end.exitCode);
}

/** The server of the store, unless it ends with another command. */
function lastingServer(store: string): string | undefined {
  const found = readServerFile(store);
  return found && !found.isTemporary ? found.url : undefined;
}

/** A store that has tokens asks for one: a receiver of our own takes one that it makes up for the command. */
async function tokenFor({ url, server: { store } }: RunOptions): Promise<string | undefined> {
  if (url !== undefined || readServerFile(store) || !existsSync(join(store, 'telemetry.db'))) return undefined;
  const { hasTokens } = await import('../../../store/database/has-tokens.js');
  try {
    if (!hasTokens(store)) return undefined;
    return randomUUID();
  } catch (error) {
    // What is wrong with the store, opening it tells.
    if (codeOf(error) !== undefined) return undefined;
    throw error;
  }
}

type Outputs = Readonly<Record<'stdout' | 'stderr', Readable>>;

/** What becomes of the command's output beside its being passed on. */
interface Passing {
  readonly capture: Capture;
  readonly destination: Destination;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

async function passOutput({ stdout, stderr }: Outputs, { out, err }: Context['streams'], how: Passing): Promise<void> {
  // What the command left in the background may hold its output open.
  how.signal.addEventListener('abort', () => [stdout, stderr].forEach(output => output.destroy()));
  await Promise.all([
    passThrough(stdout, out, how.capture.open('stdout'), how),
    passThrough(stderr, err, how.capture.open('stderr'), how),
  ]);
}

/** Passes on first, and captures then. When nobody reads any more, the command is told as it would be without us. */
async function passThrough(
  from: Readable,
  to: Output,
  captured: CapturedStream,
  { capture, destination, say }: Passing,
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
    if (error instanceof TelemetryError) say(error.message);
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
