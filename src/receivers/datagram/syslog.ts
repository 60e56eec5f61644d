import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { jsonEvents } from '../../formats/json/events.js';
import { frameCutter } from '../../formats/syslog/frames.js';
import { httpDetector, type Opening } from '../../formats/syslog/http-request.js';
import { syslogEvent } from '../../formats/syslog/message.js';
import { cannotListen, listenForDatagrams, portOf, type Datagrams, type ListenAddress } from './datagrams.js';
import type { Intake } from '../intake.js';
import { oneByOne } from '../websocket/error-isolation.js';
import { sourceStream, type SourceStream } from '../http/source-stream.js';

/** How many connections may be open; a sender needs one. */
const MAX_CONNECTIONS = 1000;

/** The reply to a sender that speaks HTTP: a browser does for whatever page it shows. */
const NOT_HTTP =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nthis port takes syslog, not HTTP\n';

/** Where to listen for syslog, and over what. */
export interface SyslogAddress extends ListenAddress {
  readonly protocols: readonly ('udp' | 'tcp')[];
}

/** What a source that listens is handed beside the intake. */
export interface SourceContext {
  /** Tells the operator, in one line. */
  readonly say: (text: string) => void;
  /** Ends the server: what it is there for cannot be done. */
  readonly crash: (error: Error) => void;
}

/** A source that listens at a port. */
export interface ListeningSource {
  readonly port: number;
  /** Datagrams that the system threw away, as far as it tells. */
  dropped(): number;
  /** Takes no more; what came is appended when it resolves. */
  stop(): Promise<void>;
}

/**
 * Takes syslog over UDP (one stream in all) and TCP (a stream a connection), each message an event of type log.
 * @throws TelemetryError `failure` when the address cannot be had.
 */
export async function syslogTransport(
  intake: Intake,
  address: SyslogAddress,
  { say }: Pick<SourceContext, 'say'>,
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
        serve(intake, socket, say);
      });
      server.maxConnections = MAX_CONNECTIONS;
      port = await listening(server, { host, port });
    }
    if (protocols.includes('udp')) {
      const stream = sourceStream(intake, { transport: 'syslog-udp' });
      const take = messageTaker(intake, stream, say);
      // Nobody can be asked to wait: what comes while the journal is behind is counted and left out.
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

/** Takes the messages of one connection until it ends. */
function serve(intake: Intake, socket: Socket, say: SourceContext['say']): void {
  const { counts, writer, maxEventBytes, idleTimeoutMs } = intake;
  const peer = socket.remoteAddress;
  const stream = sourceStream(intake, { transport: 'syslog-tcp', remote: peer });
  const takeMessage = messageTaker(intake, stream, say);
  const frames = frameCutter({
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

  /** Passes on what came once it is known not to be HTTP. */
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
    // What is left of the request is thrown away.
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

/** Hands messages to the stream. */
function messageTaker(
  intake: Intake,
  { sink }: SourceStream,
  say: SourceContext['say'],
): (bytes: Uint8Array, peer: string | undefined) => void {
  const { counts } = intake;
  const emit = jsonEvents(sink, intake);
  const each = oneByOne(counts, say, 'a syslog message');
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
