import type { OutgoingHttpHeaders } from 'node:http2';
import type { Failure } from '../http/reply.js';
import { RETRY_AFTER_SECONDS } from '../intake.js';
import { isRetryable, retryInfo, RPC, rpcCode, statusMessage } from './reply.js';

/** A failed call: an HTTP status with a message, and a reason that may determine the gRPC code. */
export interface GrpcFailure extends Pick<Failure, 'status' | 'message'> {
  readonly reason?: string;
  /** In seconds. */
  readonly retryAfter?: number;
}

/** Maximum length of `grpc-message`, in characters: clients accept 8 KiB of headers, and percent-encoding may triple it. */
const MAX_MESSAGE_CHARACTERS = 1000;

/**
 * gRPC codes that are more specific than an HTTP status (gRPC over HTTP/2, "Compression", and doc/statuscodes.md): an
 * unknown encoding and a call without a message are UNIMPLEMENTED, a message that cannot be decompressed is INTERNAL. A
 * port of another protocol is UNAVAILABLE or UNIMPLEMENTED, as in clients.
 */
const CODE_BY_REASON: Readonly<Record<string, number>> = {
  unsupported_media: RPC.unimplemented,
  incomplete_call: RPC.unimplemented,
  wrong_port: RPC.unimplemented,
  plain_http: RPC.unavailable,
  cannot_decompress: RPC.internal,
};

/**
 * The trailers of a failed call. A retryable failure contains google.rpc.RetryInfo twice: in the details of the status
 * (the OTLP specification, "OTLP/gRPC Throttling"), and in a trailer for Python's exporter.
 */
export function failureTrailers(failure: GrpcFailure): OutgoingHttpHeaders {
  const { status, message, reason = '', retryAfter = RETRY_AFTER_SECONDS } = failure;
  const code = CODE_BY_REASON[reason] ?? rpcCode(status);
  const text = message.slice(0, MAX_MESSAGE_CHARACTERS);
  return {
    'grpc-status': code,
    'grpc-message': percentEncoded(text),
    ...(isRetryable(status) && {
      'grpc-status-details-bin': base64(statusMessage('protobuf', { code, message: text }, retryAfter)),
      'google.rpc.retryinfo-bin': base64(retryInfo(retryAfter)),
    }),
  };
}

/** Status-Message of gRPC over HTTP/2: UTF-8 with all bytes escaped except printable ASCII other than the percent sign. */
function percentEncoded(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[^\x20-\x24\x26-\x7e]/g, byte => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
