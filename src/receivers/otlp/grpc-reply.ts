import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import { failureTrailers, type GrpcFailure } from './grpc-status.js';
import { GRPC_ENCODINGS } from './grpc-message.js';

/** Headers of every reply. They announce the encodings for the next call. */
const REPLY_HEADERS = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': GRPC_ENCODINGS.join(','),
};

/** Prefixes an uncompressed message with its flag and length. */
function prefixed(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(5 + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

/** Ends a call with its one response (gRPC over HTTP/2, "Responses"). */
export function sendMessage(
  stream: ServerHttp2Stream,
  message: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond({ ...REPLY_HEADERS, ...headers }, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }));
  stream.end(prefixed(message));
}

/** Time for a refused client to stop sending, in milliseconds. */
const LINGER_MS = 1000;

/**
 * Ends a failed call with one header frame (gRPC over HTTP/2, "Trailers-Only"). Does not read the rest of the request. If
 * the client keeps sending, resets the stream (RFC 9113, section 8.1) after a delay, since Node 22 and 26 would send the
 * reset instead of the headers.
 */
export function sendFailure(stream: ServerHttp2Stream, failure: GrpcFailure): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond({ ...REPLY_HEADERS, ...failureTrailers(failure) }, { endStream: true });
  if (stream.readableEnded) return;
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), LINGER_MS).unref();
  stream.once('close', () => clearTimeout(timer));
}

/** True for a request that speaks gRPC (gRPC over HTTP/2, "Requests"), in protobuf. */
export function isGrpc(headers: IncomingHttpHeaders): boolean {
  return headers[':method'] === 'POST' && /^application\/grpc(?:\+proto)?(?:;|$)/i.test(headers['content-type'] ?? '');
}

/** The raw headers, without pseudo-headers and `te`. */
export function headerPairs(raw: readonly string[]): string[] {
  const pairs: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (!raw[i]!.startsWith(':') && raw[i] !== 'te') pairs.push(raw[i]!, raw[i + 1]!);
  }
  return pairs;
}
