import type * as Grpc from '@grpc/grpc-js';
import { messageOf, TelemetryError } from '../../../../core/errors.js';
import { FORWARD_HEADERS } from '../../../../core/source.js';
import type { Trust } from '../../../../client/trust.js';
import { ProtobufRequests } from '../../../../formats/otlp/encode/protobuf.js';
import { readExportReply, readStatus } from '../../../../formats/otlp/export-replies.js';
import type { Signal } from '../../../../formats/otlp/messages.js';
import { RefusedBatch, RemoteBusy } from '../../kind.js';
import { peerIn, type Exported, type Exporter, type ExportRequest } from './exporter.js';

/** The methods of the three services (opentelemetry-proto, collector/). */
const METHODS: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};

/** Deadline of a call, in milliseconds. */
const CALL_MS = 60_000;

/** The messages of gRPC libraries for a message that is too large. */
const TOO_LARGE = /larger than max|too large|exceeds/i;

/** The parts of a {@link GrpcExporter}. */
export interface GrpcExporterParts {
  /** `host:port`. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined without TLS. */
  readonly trust: Trust | undefined;
  readonly isCompressed: boolean;
}

/** Loads the gRPC library and opens an exporter. @throws TelemetryError `failure` when it is not installed. */
export async function openGrpcExporter(parts: GrpcExporterParts): Promise<GrpcExporter> {
  try {
    return new GrpcExporter(await import('@grpc/grpc-js'), parts);
  } catch (error) {
    if (error instanceof TelemetryError) throw error;
    throw new TelemetryError('failure', 'OTLP over gRPC needs the package @grpc/grpc-js', {
      remedy: 'Install it, or use otlp:// for OTLP over HTTP.',
      cause: error,
    });
  }
}

/** OTLP/gRPC (the OTLP specification, "OTLP/gRPC"). */
export class GrpcExporter implements Exporter {
  readonly description = 'OTLP over gRPC';
  readonly #grpc: typeof Grpc;
  readonly #client: Grpc.Client;
  readonly #metadata: Grpc.Metadata;
  readonly #address: string;
  readonly #protobuf = new ProtobufRequests();
  #peer: string | undefined;

  constructor(grpc: typeof Grpc, { address, headers, trust, isCompressed }: GrpcExporterParts) {
    this.#grpc = grpc;
    this.#address = address;
    this.#metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(headers)) this.#metadata.set(name, value);
    const { ca, cert, key } = trust?.options ?? {};
    const credentials = trust
      ? grpc.credentials.createSsl(bufferOf(ca), bufferOf(key), bufferOf(cert))
      : grpc.credentials.createInsecure();
    const { compressionAlgorithms } = grpc;
    this.#client = new grpc.Client(address, credentials, {
      'grpc.default_compression_algorithm': isCompressed ? compressionAlgorithms.gzip : compressionAlgorithms.identity,
      'grpc.max_send_message_length': -1,
    });
  }

  get peer(): string | undefined {
    return this.#peer;
  }

  send({ signal, json, origin }: ExportRequest, abort: AbortSignal): Promise<Exported> {
    const metadata = this.#metadata.clone();
    metadata.set(FORWARD_HEADERS.origin, origin);
    const message = Buffer.from(this.#protobuf.write(signal, json));
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        METHODS[signal],
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        message,
        metadata,
        { deadline: Date.now() + CALL_MS },
        (error: Grpc.ServiceError | null, reply?: Buffer) => {
          abort.removeEventListener('abort', cancel);
          if (error) reject(this.#refusal(error));
          else resolve({ bytes: message.length, ...readExportReply('protobuf', reply ?? new Uint8Array(0)) });
        },
      );
      call.on('metadata', (reply: Grpc.Metadata) => (this.#peer = peerIn(reply.get(FORWARD_HEADERS.store)[0])));
      const cancel = (): void => call.cancel();
      abort.addEventListener('abort', cancel, { once: true });
    });
  }

  close(): void {
    this.#client.close();
  }

  /** The error for a status code (the OTLP specification, "Failures" of OTLP/gRPC). */
  #refusal(error: Grpc.ServiceError): Error {
    const { status } = this.#grpc;
    const [details] = error.metadata.get('grpc-status-details-bin');
    const afterMs = details instanceof Buffer ? readStatus('protobuf', details)?.retryAfterMs : undefined;
    const text = `${this.#address}: ${error.details || messageOf(error)}`;
    switch (error.code) {
      case status.INVALID_ARGUMENT:
        return new RefusedBatch(error.details);
      case status.RESOURCE_EXHAUSTED:
        // Without RetryInfo it may be the size of the message, or a quota.
        return afterMs === undefined && TOO_LARGE.test(error.details)
          ? new RefusedBatch(error.details)
          : new RemoteBusy(text, afterMs);
      case status.UNAUTHENTICATED:
      case status.PERMISSION_DENIED:
      case status.UNIMPLEMENTED:
      case status.FAILED_PRECONDITION:
        return new TelemetryError('failure', `${this.#address} refused OTLP (${status[error.code]}): ${error.details}`);
      default:
        return new RemoteBusy(text, afterMs);
    }
  }
}

/** Concatenates PEM files, given in any form that Node's TLS accepts. */
function bufferOf(files: unknown): Buffer | null {
  if (files === undefined) return null;
  return Buffer.from([files].flat().map(String).join('\n'));
}
