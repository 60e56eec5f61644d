import {
  logVerbosity,
  Server,
  setLogVerbosity,
  type handleUnaryCall,
  type Metadata,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import type { SecureContextOptions } from 'node:tls';
import { MAX_OTLP_REQUEST_BYTES } from '../core/limits.js';
import type { Signal } from '../decode/otlp/messages.js';
import { addressOf, grpcAdmission } from './grpc-admission.js';
import { grpcCredentials, type RenewableCredentials } from './grpc-credentials.js';
import { grpcStatus } from './grpc-status.js';
import type { Intake } from './intake.js';
import type { OtlpIntake } from './otlp-intake.js';
import { exportResponse } from './otlp-reply.js';
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

/** A connection that says nothing for so long is asked whether it is there, and closed when it does not answer; in milliseconds. */
const KEEPALIVE_MS = 60_000;

/** Calls of one connection at a time: what RFC 9113, section 6.5.2, calls the least that does not limit parallelism. */
const MAX_CALLS = 100;

const OPTIONS = {
  'grpc.max_receive_message_length': MAX_OTLP_REQUEST_BYTES,
  'grpc.max_concurrent_streams': MAX_CALLS,
  'grpc.keepalive_time_ms': KEEPALIVE_MS,
};

/** Creates the transport (the OTLP specification, "OTLP/gRPC"). @param tls none for connections in the clear */
export function otlpGrpcTransport(
  intake: Intake,
  otlp: OtlpIntake,
  tls: SecureContextOptions | undefined,
): OtlpGrpcTransport {
  const { counts } = intake;
  const openingOf = openingWriter('otlp-grpc');
  const { credentials, renew } = grpcCredentials(tls);
  const admission = grpcAdmission(intake);
  // What it cannot do, it also throws: stderr is for what telemetry says.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({ ...OPTIONS, interceptors: [admission.interceptor] });

  const exporter =
    (signal: Signal): handleUnaryCall<Buffer, Uint8Array> =>
    (call, reply) => {
      const { request: bytes, metadata } = call;
      counts.bytes(bytes.length);
      const body = otlp.bodies.open(bytes.length);
      const unkept = body.add(bytes);
      if (unkept) {
        counts.refused(unkept.reason);
        reply(grpcStatus(unkept));
        return;
      }
      const sender = admission.senderOf(metadata);
      const opening = openingOf(addressOf(call.getPeer()), `/${SERVICES[signal]}/Export`, rawHeaders(metadata));
      void otlp.take({ signal, encoding: 'protobuf', body, opening, sender }).then(outcome => {
        if (outcome.failure) reply(grpcStatus(outcome.failure));
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
        admission.stop();
        // A client that hangs, and does not close its side, keeps the library waiting for ever.
        const timer = setTimeout(() => {
          server.forceShutdown();
          resolve();
        }, graceMs);
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

/** Names and values in turn; binary ones in base64, as they were sent. */
function rawHeaders(metadata: Metadata): string[] {
  return Object.entries(metadata.toJSON()).flatMap(([name, values]) =>
    values.flatMap(value => [name, Buffer.isBuffer(value) ? value.toString('base64') : value]),
  );
}
