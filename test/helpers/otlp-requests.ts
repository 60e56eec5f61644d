import { expect, onTestFinished } from 'vitest';
import { http, type HttpReply } from './http.js';
import { field, int, request } from './otlp-bytes.js';
import { exportLogs, grpcAddressOf, type Call } from './otlp-grpc.js';
import { serve, type ServeSetup } from './server.js';
import { serveInProcess, type ServerInProcess } from './server-in-process.js';
import { temporaryStore } from './store.js';

export const saying = (text: string): string => expect.stringContaining(text) as string;

export const MEDIA = { protobuf: 'application/x-protobuf', json: 'application/json' };
export type Encoding = keyof typeof MEDIA;
export const ENCODINGS = ['protobuf', 'json'] as const;

/** A log record a body. */
export const logs = (...bodies: readonly string[]): Buffer =>
  request(bodies.map(body => field(2, field(5, field(1, body)))));
export const logsJson = (...bodies: readonly string[]): string =>
  JSON.stringify({
    resourceLogs: [{ scopeLogs: [{ logRecords: bodies.map(stringValue => ({ body: { stringValue } })) }] }],
  });
export const logsIn = (encoding: Encoding, ...bodies: readonly string[]) =>
  encoding === 'json' ? logsJson(...bodies) : logs(...bodies);

/** A server in the process of the test that takes OTLP over HTTP and gRPC, and how to send to it. */
export function receiver(setup: Partial<Omit<ServeSetup, 'under'>>) {
  return receiverOf(setup, serveInProcess);
}

/** The same as a process. */
export function receiverProcess(setup: Partial<ServeSetup>) {
  return receiverOf(setup, serve);
}

async function receiverOf<Server extends ServerInProcess>(
  { args = [], store = temporaryStore(), ...setup }: Partial<ServeSetup>,
  start: (setup: ServeSetup) => Promise<Server>,
) {
  const server = await start({ ...setup, store, args: ['--otlp-grpc', '127.0.0.1:0', ...args] });
  onTestFinished(async () => {
    await server.end();
  });
  const address = grpcAddressOf(server);
  return {
    server,
    store,
    url: server.url,
    post: (encoding: Encoding, path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
      http(server.url + path, { method: 'POST', body, headers: { 'content-type': MEDIA[encoding], ...headers } }),
    call: (call: Call) => exportLogs(address, call),
  };
}

/** What a reply says in a google.rpc.Status, read by hand: code in field 1, message in field 2. */
export function statusOf({ headers, body }: HttpReply): { encoding: string; code: number; message: string } {
  if (headers['content-type'] === MEDIA.json) return { encoding: 'json', ...(JSON.parse(body) as StatusJson) };
  const bytes = Buffer.from(body);
  const message = bytes.subarray(bytes[3]! > 0x7f ? 5 : 4).toString();
  expect(bytes).toEqual(Buffer.concat([int(1, bytes[1]!), field(2, message)]));
  return { encoding: 'protobuf', code: bytes[1]!, message };
}

interface StatusJson {
  code: number;
  message: string;
}

/** google.rpc.Status with RetryInfo, as the specification has it sent over gRPC. */
export const retryStatus = (code: number, message: string, seconds: number): Buffer =>
  Buffer.concat([
    int(1, code),
    field(2, message),
    field(3, field(1, 'type.googleapis.com/google.rpc.RetryInfo'), field(2, field(1, int(1, seconds)))),
  ]);

/** When a message says to try again, in seconds. */
export const secondsIn = (text: string): number => Number(/try again in (\d+) s/.exec(text)?.[1]);
