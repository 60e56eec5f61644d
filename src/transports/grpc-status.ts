import { Metadata, status } from '@grpc/grpc-js';
import { RETRY_AFTER_SECONDS } from './intake.js';
import { isRetryable, rpcCode, statusMessage } from './otlp-reply.js';

/** How a call ends that failed. */
export interface GrpcStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/**
 * What a failure is over gRPC. What may be tried again says when: google.rpc.RetryInfo among the details of the status
 * (the OTLP specification, "OTLP/gRPC Throttling").
 */
export function grpcStatus({
  status: httpStatus,
  message,
  retryAfter = RETRY_AFTER_SECONDS,
}: {
  readonly status: number;
  readonly message: string;
  /** In seconds. */
  readonly retryAfter?: number;
}): GrpcStatus {
  const code = rpcCode(httpStatus);
  const metadata = new Metadata();
  if (isRetryable(httpStatus)) {
    metadata.set('grpc-status-details-bin', Buffer.from(statusMessage('protobuf', { code, message }, retryAfter)));
  }
  return { code: status[status[code] as keyof typeof status], details: message, metadata };
}
