import { ChannelCredentials, Client, compressionAlgorithms, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { TestServer } from './server.js';

/** Closed when their servers have ended: a server waits for two seconds for a connection that closes as it stops. */
const clients: Client[] = [];

/** Closes the connections of the tests of a file. */
export function closeClients(): void {
  for (const client of clients.splice(0)) client.close();
}

/** What a call came to. */
export interface CallEnd {
  /** 0 when it went well. */
  readonly code: number;
  readonly message: string;
  /** `google.rpc.Status`, where the server sent one. */
  readonly details: Buffer | undefined;
  readonly response: Buffer | undefined;
}

/** How to call. */
export interface Call {
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: ChannelCredentials;
  /** The service that is called: its name, and that of its package. */
  readonly service?: keyof typeof PATHS;
  readonly isGzip?: boolean;
  /** The name that the server's certificate is checked for. */
  readonly name?: string;
}

/** Where a server says that it takes OTLP over gRPC. */
export function grpcAddressOf(server: Pick<TestServer, 'said'>): string {
  return /otlp grpc: +(\S+)/.exec(server.said())![1]!;
}

const PATHS = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};

/** Calls Export of a service, LogsService when none is named, on a connection of its own. */
export async function exportLogs(address: string, call: Call): Promise<CallEnd> {
  const { body, headers = {}, credentials = ChannelCredentials.createInsecure(), name } = call;
  const { service = 'logs', isGzip = false } = call;
  const client = new Client(address, credentials, {
    // Without it the library shares connections, which keep the certificate they were made with.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_send_message_length': -1,
    ...(isGzip && { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip }),
    ...(name !== undefined && { 'grpc.ssl_target_name_override': name }),
  });
  clients.push(client);
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
  return new Promise(resolve => {
    client.makeUnaryRequest(
      PATHS[service],
      (bytes: Uint8Array) => Buffer.from(bytes),
      bytes => bytes,
      body,
      metadata,
      (error: ServiceError | null, response?: Buffer) => {
        const [details] = error?.metadata.get('grpc-status-details-bin') ?? [];
        resolve({
          code: error?.code ?? 0,
          message: error?.details ?? '',
          details: Buffer.isBuffer(details) ? details : undefined,
          response,
        });
      },
    );
  });
}
