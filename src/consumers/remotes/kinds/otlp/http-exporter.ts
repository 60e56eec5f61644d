import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpConnection, HttpResponse } from '../../../../client/http-connection.js';
import { TelemetryError } from '../../../../core/errors.js';
import { FORWARD_HEADERS } from '../../../../core/source.js';
import type { OtlpEncoding } from '../../../../formats/otlp/encoding.js';
import { ProtobufRequests } from '../../../../formats/otlp/encode/protobuf.js';
import { readExportReply, readStatus } from '../../../../formats/otlp/export-replies.js';
import { busyError, type HttpEndpoint } from '../../http/http-remote.js';
import { RefusedBatch } from '../../kind.js';
import { peerIn, type Exported, type Exporter, type ExportRequest } from './exporter.js';

const compress = promisify(gzip);

/** Statuses that refuse the content of a request. */
const REFUSED: ReadonlySet<number> = new Set([400, 413, 422]);

/** Maximum characters of a reply in an error. */
const MAX_REASON_CHARACTERS = 300;

/** The parts of an {@link HttpExporter}. */
export interface HttpExporterParts {
  readonly http: HttpConnection;
  readonly endpoint: HttpEndpoint;
  readonly headers: Readonly<Record<string, string>>;
  readonly encoding: OtlpEncoding;
  readonly isCompressed: boolean;
}

/** OTLP/HTTP (the OTLP specification, "OTLP/HTTP"). */
export class HttpExporter implements Exporter {
  readonly #parts: HttpExporterParts;
  readonly #protobuf = new ProtobufRequests();
  #peer: string | undefined;

  constructor(parts: HttpExporterParts) {
    this.#parts = parts;
  }

  get description(): string {
    return `OTLP over HTTP in ${this.#parts.encoding}`;
  }

  get peer(): string | undefined {
    return this.#peer;
  }

  async send({ signal, json, origin }: ExportRequest, abort: AbortSignal): Promise<Exported> {
    const { http, endpoint, headers, encoding, isCompressed } = this.#parts;
    const plain = encoding === 'json' ? Buffer.from(json) : this.#protobuf.write(signal, json);
    const body = isCompressed ? await compress(plain, { level: 1 }) : plain;
    const response = await http.send({
      method: 'POST',
      path: `${endpoint.path}v1/${signal}`,
      headers: {
        ...headers,
        [FORWARD_HEADERS.origin]: origin,
        'content-type': encoding === 'json' ? 'application/json' : 'application/x-protobuf',
        ...(isCompressed && { 'content-encoding': 'gzip' }),
      },
      body,
      signal: abort,
    });
    if (response.status >= 300) throw this.#refusal(response);
    this.#peer = peerIn(response.headers[FORWARD_HEADERS.store]);
    return { bytes: body.length, ...readExportReply(encodingOf(response), response.body) };
  }

  close(): void {
    this.#parts.http.close();
  }

  #refusal(response: HttpResponse): Error {
    const { status, headers, body } = response;
    const { origin } = this.#parts.endpoint;
    const isText = headers['content-type']?.includes('protobuf') !== true;
    const said = readStatus(encodingOf(response), body)?.message ?? (isText ? body.toString().trim() : '');
    const reason = said.slice(0, MAX_REASON_CHARACTERS);
    const busy = busyError(origin, status, headers, reason);
    if (busy) return busy;
    if (REFUSED.has(status)) return new RefusedBatch(reason === '' ? `refused with status ${status}` : reason);
    return new TelemetryError('failure', `${origin.origin} refused OTLP (${status})${reason && `: ${reason}`}`);
  }
}

function encodingOf({ headers }: HttpResponse): OtlpEncoding {
  return headers['content-type']?.includes('json') === true ? 'json' : 'protobuf';
}
