import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Capture, CapturedStream, CaptureOutcome } from '../../../capture/capture.js';
import { readServerFile } from '../../../client/server-file.js';
import { codeOf, messageOf, TelemetryError } from '../../../core/errors.js';
import type { HeldStore } from '../../../server/hold-store.js';
import type { Context } from '../../context.js';
import type { Receiver } from '../../receiver.js';
import type { Output } from '../../streams.js';
import { startChild } from './child.js';
import type { RunOptions } from './command.js';
import { environmentFor, serviceIn } from './environment.js';
import { openFrontDoor } from './front-door.js';
import { openPipes } from './pipes.js';

/** Runs the command. It starts before anything else is loaded: the receiver comes up while it does. */
export async function run(options: RunOptions, context: Context): Promise<void> {
  const { streams, env } = context;
  const opening = openPipes();
  const [command] = options.command;
  const service = options.service ?? serviceIn(env) ?? basename(command);
  const say = (text: string): void => void streams.err.write(`telemetry: ${text}\n`);
  /** Ends the sending; and the waiting for what the command left in the background. */
  const givingUp = new AbortController();
  const leaving = new AbortController();
  let openReceiver: (receiver: Promise<Receiver>) => void = () => undefined;
  const receiver = new Promise<Receiver>(resolve => (openReceiver = resolve));

  const lasting = options.url ?? lastingServer(options.server.store);
  const held = await hold(options);
  const token = options.server.token ?? (held && (await tokenFor(options.server.store)));
  const door = lasting === undefined ? await openFrontDoor(receiver) : undefined;
  const url = lasting ?? door!.url;
  const child = startChild(
    options.command,
    environmentFor(env, { url, service, token, isServiceNamed: options.service !== undefined }),
    await opening,
  );
  context.takeSignals(name => {
    if (child.isRunning) child.pass(name);
    else for (const controller of [leaving, givingUp]) controller.abort();
  });
  // A server of ours that can no longer do its work does not come back.
  receiver.then(({ failed }) => failed.catch(() => givingUp.abort())).catch(() => undefined);
  openReceiver(receive({ ...options, server: { ...options.server, token } }, held, givingUp.signal, say));

  const { openCapture } = await import('../../../capture/capture.js');
  const { exitEvent } = await import('../../../capture/exit-event.js');
  const facts = { command, service, pid: child.pid };
  const capture = openCapture({
    ...facts,
    server: receiver,
    maxEventBytes: options.server.maxEventSize,
    signal: givingUp.signal,
    onLost: error => say(`what ${command} prints is not stored: ${problemOf(error)}`),
  });
  const passed = child.output && passOutput(child.output, streams, capture, leaving.signal, say);
  const end = await child.ended;
  const time = new Date(context.now()).toISOString();
  if (end.error !== undefined) say(`cannot run ${command}: ${end.error}`);
  await passed;
  capture.add(exitEvent(facts, end, time));
  const outcome = await capture.finish();
  await door?.close();
  const opened = await receiver.catch(() => undefined);
  await opened?.stop().catch((error: unknown) => say(messageOf(error)));
  for (const text of lossText(outcome)) say(text);
  context.exitWith(end.exitCode);
}

/** The server of the store, unless it ends with another command. */
function lastingServer(store: string): string | undefined {
  const found = readServerFile(store);
  return found && !found.isTemporary ? found.url : undefined;
}

/** The store, when it has no server: its thread starts at once, beside all else. */
async function hold({ url, server: { store, durability } }: RunOptions): Promise<HeldStore | undefined> {
  if (url !== undefined || readServerFile(store)) return undefined;
  const { holdStore } = await import('../../../server/hold-store.js');
  try {
    return holdStore(store, durability);
  } catch (error) {
    // What is wrong with the store, the receiver tells.
    if (error instanceof TelemetryError) return undefined;
    throw error;
  }
}

/** A store that has tokens asks for one: a receiver of our own takes one that it makes up for the command. */
async function tokenFor(store: string): Promise<string | undefined> {
  if (!existsSync(join(store, 'telemetry.db'))) return undefined;
  const { openTokenReader } = await import('../../../journal/tokens.js');
  try {
    const reader = openTokenReader(store);
    const hasTokens = reader.tokens().length > 0;
    reader.close();
    return hasTokens ? randomUUID() : undefined;
  } catch (error) {
    // What is wrong with the store, opening it tells.
    if (error instanceof TelemetryError || codeOf(error) !== undefined) return undefined;
    throw error;
  }
}

async function receive(
  { url, server }: RunOptions,
  held: HeldStore | undefined,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<Receiver> {
  const { openReceiver } = await import('../../receiver.js');
  return openReceiver({ url, server, held, signal, say });
}

type Outputs = Readonly<Record<'stdout' | 'stderr', Readable>>;

async function passOutput(
  { stdout, stderr }: Outputs,
  streams: Context['streams'],
  capture: Capture,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  // What the command left in the background may hold its output open.
  signal.addEventListener('abort', () => [stdout, stderr].forEach(output => output.destroy()));
  await Promise.all([
    passThrough(stdout, streams.out, capture.open('stdout'), capture, say),
    passThrough(stderr, streams.err, capture.open('stderr'), capture, say),
  ]);
}

/** Passes on first, and captures then. When nobody reads any more, the command is told as it would be without us. */
async function passThrough(
  from: Readable,
  to: Output,
  captured: CapturedStream,
  capture: Capture,
  say: (text: string) => void,
): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      const written = to.write(chunk);
      captured.take(chunk);
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
