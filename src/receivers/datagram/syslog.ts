import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { jsonEvents } from '../../formats/json/events.js';
import { FrameCutter } from '../../formats/syslog/frames.js';
import { httpDetector, type Opening } from '../../formats/syslog/http-request.js';
import { syslogEvent } from '../../formats/syslog/message.js';
import { cannotListen, listenForDatagrams, portOf, type Datagrams, type ListenAddress } from './datagrams.js';
import type { Intake } from '../intake.js';
import { isolateErrors } from '../websocket/error-isolation.js';
import { sourceStream, type SourceStream } from '../http/source-stream.js';

/** Maximum number of open connections. A sender needs one. */
const MAX_CONNECTIONS = 1000;

/** The reply to HTTP, which any web page can make a browser send. */
const NOT_HTTP =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nthis port accepts syslog, not HTTP\n';

/** The address and the protocols of syslog. */
export interface SyslogAddress extends ListenAddress {
  readonly protocols: readonly ('udp' | 'tcp')[];
}

/** The context of a listening source. */
export interface SourceContext {
  /** Logs a line for the operator. */
  readonly log: (text: string) => void;
  /** Stops the server after a fatal error. */
  readonly crash: (error: Error) => void;
}

/** A source that listens on a port. */
export interface ListeningSource {
  readonly port: number;
  /** The number of datagrams that the operating system dropped, as far as it reports them. */
  dropped(): number;
  /** Stops receiving. Resolves once the received messages have been appended. */
  stop(): Promise<void>;
}

/**
 * Receives syslog over UDP (one stream) and TCP (one stream per connection). Each message is an event of type log.
 * @throws TelemetryError `failure` when the address is not available.
 */
export async function syslogTransport(
  intake: Intake,
  address: SyslogAddress,
  { log }: Pick<SourceContext, 'log'>,
): Promise<ListeningSource> {
  const { host, protocols } = address;
  const connections = new Set<Socket>();
  let server: Server | undefined;
  let datagrams: { readonly socket: Datagrams; readonly stream: SourceStream } | undefined;
  let { port } = address;

  async function stop(): Promise<void> {
    const ended = [...connections].map(socket => once(socket, 'close'));
    server?.close();
    for (const socket of connections) socket.destroy();
    await datagrams?.socket.close();
    await Promise.all(ended);
    datagrams?.stream.close();
  }

  try {
    if (protocols.includes('tcp')) {
      server = createServer(socket => {
        connections.add(socket);
        socket.on('close', () => connections.delete(socket));
        serve(intake, socket, log);
      });
      server.maxConnections = MAX_CONNECTIONS;
      port = await listening(server, { host, port });
    }
    if (protocols.includes('udp')) {
      const stream = sourceStream(intake, { transport: 'syslog-udp' });
      const take = messageTaker(intake, stream, log);
      // UDP has no back-pressure: datagrams are dropped and counted while the queue is full.
      const socket = await listenForDatagrams({ host, port }, (bytes, peer) => {
        intake.counts.bytes(bytes.length);
        if (intake.writer.isFull) intake.counts.refused('queue_full');
        else take(bytes, peer);
      }).catch((error: unknown) => {
        stream.close();
        throw error;
      });
      datagrams = { socket, stream };
      port = socket.port;
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, dropped: () => datagrams?.socket.dropped() ?? 0, stop };
}

/** Receives the messages of one connection until it ends. */
function serve(intake: Intake, socket: Socket, log: SourceContext['log']): void {
  const { counts, writer, maxEventBytes, idleTimeoutMs } = intake;
  const peer = socket.remoteAddress;
  const stream = sourceStream(intake, { transport: 'syslog-tcp', remote: peer });
  const takeMessage = messageTaker(intake, stream, log);
  const frames = new FrameCutter({
    maxBytes: maxEventBytes,
    message: bytes => takeMessage(bytes, peer),
    tooLarge: () => counts.refused('event_too_large'),
  });
  socket.setTimeout(idleTimeoutMs, () => {
    counts.refused('idle');
    socket.destroy();
  });
  const detect = httpDetector();
  let opening: Opening = { kind: 'undecided', bytes: new Uint8Array(0) };

  /** Processes bytes once they are known not to be HTTP. */
  function take(chunk: Uint8Array): void {
    if (opening.kind === 'other') {
      frames.write(chunk);
      return;
    }
    opening = detect(chunk);
    if (opening.kind === 'other') frames.write(opening.bytes);
    if (opening.kind !== 'http') return;
    counts.refused('http_request');
    socket.removeAllListeners('data').end(NOT_HTTP);
    // Discards the rest of the request.
    socket.resume();
  }

  socket.on('data', chunk => {
    counts.bytes(chunk.length);
    take(chunk);
    if (!writer.isFull) return;
    socket.pause();
    writer.onRoom(() => socket.resume());
  });
  socket.on('error', () => counts.refused('client_gone'));
  socket.on('close', () => {
    if (opening.kind === 'undecided') frames.write(opening.bytes);
    if (opening.kind !== 'http') frames.end();
    stream.close();
  });
}

/** Returns a function that parses a message and appends its event. */
function messageTaker(
  intake: Intake,
  { sink }: SourceStream,
  log: SourceContext['log'],
): (bytes: Uint8Array, peer: string | undefined) => void {
  const { counts } = intake;
  const emit = jsonEvents(sink, intake);
  const each = isolateErrors(counts, log, 'a syslog message');
  return (bytes, peer) =>
    each(() => {
      const { json, isMalformed } = syslogEvent(bytes, { now: Date.now(), peer });
      if (isMalformed) counts.malformed('syslog');
      emit(json);
    });
}

async function listening(server: Server, address: ListenAddress): Promise<number> {
  try {
    server.listen(address.port, address.host);
    await once(server, 'listening');
    return portOf(server.address());
  } catch (error) {
    throw cannotListen('TCP', address, error);
  }
}
