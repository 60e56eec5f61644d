import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { OtlpEncoding, Rejections } from '../../formats/otlp/decode.js';
import type { Signal } from '../../formats/otlp/messages.js';

/** gRPC status codes (google/rpc/code.proto). */
export const RPC = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

const BY_STATUS: Readonly<Record<number, number>> = {
  401: RPC.unauthenticated,
  403: RPC.permissionDenied,
  404: RPC.unimplemented,
  405: RPC.unimplemented,
  408: RPC.deadlineExceeded,
  413: RPC.resourceExhausted,
  426: RPC.failedPrecondition,
  429: RPC.resourceExhausted,
  500: RPC.internal,
  503: RPC.unavailable,
};

/** The gRPC code for an HTTP status. */
export function rpcCode(status: number): number {
  return BY_STATUS[status] ?? RPC.invalidArgument;
}

/** True for a status that the sender should retry (the OTLP specification, "Failures"). */
export function isRetryable(status: number): boolean {
  return status === 429 || status === 503;
}

/** The field for the number of rejected items, by signal: ExportTracePartialSuccess and the like. */
const REJECTED: Readonly<Record<Signal, string>> = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
};

/** ExportTraceServiceResponse and the like: empty on success, else with `partial_success`. */
export function exportResponse(signal: Signal, encoding: OtlpEncoding, { count, first }: Rejections): Uint8Array {
  const message = first && `${count} left out, the first because ${first.message}`;
  if (encoding === 'json') {
    return Buffer.from(
      message === undefined
        ? '{}'
        : JSON.stringify({ partialSuccess: { [REJECTED[signal]]: String(count), errorMessage: message } }),
    );
  }
  const writer = new BinaryWriter();
  if (message !== undefined) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).int64(count).tag(2, WireType.LengthDelimited).string(message);
    writer.join();
  }
  return writer.finish();
}

/** google.rpc.Status. */
export interface Status {
  readonly code: number;
  readonly message: string;
}

/** Encodes a Status. @param retryAfter in seconds, added as `google.rpc.RetryInfo` to the details in protobuf */
export function statusMessage(encoding: OtlpEncoding, { code, message }: Status, retryAfter?: number): Uint8Array {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int32(code).tag(2, WireType.LengthDelimited).string(message);
  if (retryAfter !== undefined) {
    writer.tag(3, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string('type.googleapis.com/google.rpc.RetryInfo');
    writer.tag(2, WireType.LengthDelimited).bytes(retryInfo(retryAfter));
    writer.join();
  }
  return writer.finish();
}

/** google.rpc.RetryInfo: `retry_delay` is a Duration, of which only `seconds` is set. */
export function retryInfo(seconds: number): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int64(seconds).join();
  return writer.finish();
}
