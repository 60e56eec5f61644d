import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendResponse } from '../receivers/http/send-response.js';
import type { Failure } from '../receivers/http/reply.js';
import { originOf, type IntakeCounts } from '../receivers/intake.js';
import type { OtlpHttpTransport } from '../receivers/otlp/http.js';
import { isOtlpPath } from './otlp-path.js';
import { requestPath } from '../receivers/request-path.js';

/** RFC 9110, section 15.5.20: the request was directed at a server that does not serve it. */
const MISDIRECTED = 421;

/** The refusal of a gRPC call on the HTTP port. @param address of the gRPC port, if any */
export function grpcOnHttpPort(address: string | undefined): Failure {
  const elsewhere =
    address === undefined ? 'or start the server with --otlp-grpc' : `or send OTLP over gRPC to ${address}`;
  const message = `this port accepts OTLP over HTTP: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, ${elsewhere}`;
  return { status: MISDIRECTED, reason: 'wrong_port', message };
}

/** The refusal of an HTTP request on the gRPC port. @param url of the HTTP port */
export function httpOnGrpcPort(url: string): Failure {
  const message = `this port accepts OTLP over gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or send HTTP to ${url}`;
  return { status: MISDIRECTED, reason: 'wrong_port', message };
}

/** Refuses an HTTP/1.1 request on the gRPC port: as an OTLP message to OTLP senders, as text to others. */
export function answerMisdirected(
  request: IncomingMessage,
  response: ServerResponse,
  { counts, otlp, failure }: { counts: IntakeCounts; otlp: OtlpHttpTransport; failure: Failure },
): void {
  counts.refused(failure.reason, 1, { ...originOf(request), message: failure.message });
  response.shouldKeepAlive = false;
  if (isOtlpPath(requestPath(request.url ?? '/'))) otlp.refuse(request, response, failure);
  else sendResponse(response, failure.status, `${failure.message}\n`, { 'content-type': 'text/plain; charset=utf-8' });
}
