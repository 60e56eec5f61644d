import { TelemetryError } from '../../../../core/errors.js';
import {
  connectTo,
  isCompressed,
  endpointOf,
  refuseOwnServer,
  TLS_OPTIONS,
  tokenHeaders,
  trustOf,
} from '../../http/http-remote.js';
import type { RemoteKind } from '../../kind.js';
import type { Remote } from '../../remote.js';
import { OtlpConnection } from './connection.js';
import type { Exporter } from './exporter.js';
import { openGrpcExporter } from './grpc-exporter.js';
import { HttpExporter } from './http-exporter.js';

/** The default ports (the OTLP specification, "OTLP/HTTP Default Port" and "OTLP/gRPC Default Port"). */
const HTTP_PORT = 4318;
const GRPC_PORT = 4317;

/** An OTLP receiver, such as an OpenTelemetry Collector. */
export const OTLP_KIND: RemoteKind = {
  protocols: ['otlp:', 'otlps:', 'otlp+grpc:', 'otlps+grpc:'],
  once: 'at least once: a log record sent again has the same attribute event_id, a span the same span_id',
  options: ['protocol', 'compression', ...TLS_OPTIONS],
  batch: 20_000,
  check(remote) {
    endpointOfRemote(remote);
    encodingOf(remote);
    isCompressed(remote);
    trustOf(remote);
  },
  async connect({ remote, store, dir, db }) {
    refuseOwnServer(dir, endpointOfRemote(remote), remote.name);
    return new OtlpConnection(await exporterOf(remote), store, db!);
  },
};

async function exporterOf(remote: Remote): Promise<Exporter> {
  const endpoint = endpointOfRemote(remote);
  const parts = { headers: tokenHeaders(remote), isCompressed: isCompressed(remote) };
  if (isGrpc(remote)) {
    const trust = isSecure(remote) ? trustOf(remote) : undefined;
    return openGrpcExporter({ ...parts, address: endpoint.origin.host, trust });
  }
  return new HttpExporter({ ...parts, http: connectTo(remote, endpoint), endpoint, encoding: encodingOf(remote) });
}

function isGrpc({ url }: Pick<Remote, 'url'>): boolean {
  return url.protocol.endsWith('+grpc:');
}

function isSecure({ url }: Pick<Remote, 'url'>): boolean {
  return url.protocol.startsWith('otlps');
}

function endpointOfRemote(remote: Remote): ReturnType<typeof endpointOf> {
  return endpointOf(remote.url, isSecure(remote), isGrpc(remote) ? GRPC_PORT : HTTP_PORT);
}

function encodingOf(remote: Remote): 'protobuf' | 'json' {
  const { protocol = isGrpc(remote) ? 'grpc' : 'http/protobuf' } = remote.definition.options;
  if (isGrpc(remote) ? protocol === 'grpc' : protocol === 'http/protobuf') return 'protobuf';
  if (!isGrpc(remote) && protocol === 'http/json') return 'json';
  throw new TelemetryError('usage', `the protocol of an OTLP remote cannot be "${protocol}" with this URL`, {
    remedy: 'It is http/protobuf or http/json with otlp://, and grpc with otlp+grpc://.',
  });
}
