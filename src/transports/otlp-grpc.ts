import { Metadata, Server, type handleUnaryCall, type ServiceDefinition, status } from '@grpc/grpc-js';
import type { IncomingHttpHeaders } from 'node:http';
import type { SecureContextOptions } from 'node:tls';
import { MAX_OTLP_REQUEST_BYTES } from '../core/limits.js';
import type { Signal } from '../decode/otlp/messages.js';
import { grpcCredentials, type RenewableCredentials } from './grpc-credentials.js';
import { afterDelay } from './hold-back.js';
import type { Intake } from './intake.js';
import type { OtlpIntake } from './otlp-intake.js';
import { exportResponse, isRetryable, rpcCode, statusMessage } from './otlp-reply.js';
import { openingWriter } from './stream-opening.js';

/** OTLP over gRPC: one call is one request and one stream. */
export interface OtlpGrpcTransport {
  /** Listens, and returns the port. @throws Error when the address cannot be had */
  listen(address: string): Promise<number>;
  /** New connections are secured with this. */
  readonly renew: RenewableCredentials['renew'];
  /** Takes no more calls, and lets those under way have their replies, for so many milliseconds. */
  readonly stop: (graceMs: number) => Promise<void>;
}

/** The services of OTLP, each with its one method (collector/trace/v1 and the like). */
const SERVICES: Readonly<Record<Signal, string>> = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
};

/** Creates the transport (the OTLP specification, "OTLP/gRPC"). @param tls none for connections in the clear */
export function otlpGrpcTransport(
  intake: Intake,
  otlp: OtlpIntake,
  tls: SecureContextOptions | undefined,
): OtlpGrpcTransport {
  const { guard, counts } = intake;
  const openingOf = openingWriter('otlp-grpc');
  const { credentials, renew } = grpcCredentials(tls);
  const server = new Server({ 'grpc.max_receive_message_length': MAX_OTLP_REQUEST_BYTES });

  const exporter =
    (signal: Signal): handleUnaryCall<Buffer, Uint8Array> =>
    (call, reply) => {
      const { request: bytes } = call;
      const fail = (httpStatus: number, message: string): void => {
        reply({ code: codeOf(httpStatus), details: message, metadata: trailers(httpStatus, message) });
      };
      counts.bytes(bytes.length);
      const headers = call.metadata.getMap() as IncomingHttpHeaders;
      const peer = addressOf(call.getPeer());
      const { sender, refusal } = guard.admit(headers, 'ingest', peer);
      if (!sender) {
        counts.refused(refusal.reason);
        afterDelay(refusal.delayMs, () => fail(refusal.status, refusal.message));
        return;
      }
      const body = otlp.bodies.open(bytes.length);
      const unkept = body.add(bytes);
      if (unkept) {
        counts.refused(unkept.reason);
        fail(unkept.status, unkept.message);
        return;
      }
      const raw = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
      const opening = openingOf(peer, `/${SERVICES[signal]}/Export`, raw);
      void otlp.take({ signal, encoding: 'protobuf', bytes, opening, sender }).then(outcome => {
        body.release();
        if (outcome.failure) fail(outcome.failure.status, outcome.failure.message);
        else reply(null, exportResponse(signal, 'protobuf', outcome.rejections));
      });
    };

  for (const signal of Object.keys(SERVICES) as Signal[]) {
    server.addService(serviceOf(SERVICES[signal]), { export: exporter(signal) });
  }

  return {
    listen: address =>
      new Promise((resolve, reject) => {
        server.bindAsync(address, credentials, (error, port) => {
          if (error) reject(error);
          else resolve(port);
        });
      }),
    renew,
    stop: graceMs =>
      new Promise(resolve => {
        const timer = setTimeout(() => server.forceShutdown(), graceMs);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

/** Requests and responses pass as bytes: they are read where those of HTTP are. */
function serviceOf(name: string): ServiceDefinition {
  const pass = (bytes: Buffer): Buffer => bytes;
  return {
    export: {
      path: `/${name}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: pass,
      requestDeserialize: pass,
      responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
      responseDeserialize: pass,
    },
  };
}

/** The library's code of an HTTP status. */
function codeOf(httpStatus: number): status {
  return status[status[rpcCode(httpStatus)] as keyof typeof status];
}

/** What may be tried again says when: google.rpc.RetryInfo among the details of the status. */
function trailers(httpStatus: number, message: string): Metadata {
  const metadata = new Metadata();
  if (isRetryable(httpStatus)) {
    const details = statusMessage('protobuf', { code: rpcCode(httpStatus), message }, true);
    metadata.set('grpc-status-details-bin', Buffer.from(details));
  }
  return metadata;
}

/** The address of `127.0.0.1:1234` or `[::1]:1234`. */
function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}
