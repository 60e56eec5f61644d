import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { OtlpEncoding, Rejections } from '../../formats/otlp/decode.js';
import type { Signal } from '../../formats/otlp/messages.js';

/** The codes of gRPC that are used here (google/rpc/code.proto). */
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

/** The code of gRPC that says what an HTTP status says. */
export function rpcCode(status: number): number {
  return BY_STATUS[status] ?? RPC.invalidArgument;
}

/** Whether the sender should try again (the OTLP specification, "Failures"). */
export function isRetryable(status: number): boolean {
  return status === 429 || status === 503;
}

/** The count of what was left out, by signal: ExportTracePartialSuccess and the like. */
const REJECTED: Readonly<Record<Signal, string>> = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
};

/** ExportTraceServiceResponse and the like: empty when all was stored, else with its `partial_success`. */
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

/** A Status. @param retryAfter when the sender should try again, in seconds: `google.rpc.RetryInfo` among the details; protobuf alone has it */
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
