import type { HttpConnection, HttpResponse } from '../../../../client/http-connection.js';
import { TelemetryError } from '../../../../core/errors.js';
import { faultPoint } from '../../../../core/fault-point.js';
import { eventNanoseconds } from '../../event-nanoseconds.js';
import { busyError, connectTo } from '../../http/http-remote.js';
import { RefusedBatch, type Batch, type RemoteConnection, type RemoteContext, type SendOutcome } from '../../kind.js';
import { pointLine } from './line.js';
import { optionsOf, type InfluxOptions } from './options.js';

/** Bytes of a request: InfluxDB 1.8 accepts 25 MB, InfluxDB 3 accepts 10 MB. */
const REQUEST_BYTES = 4 * 1024 * 1024;

/** Statuses that refuse the content of a request, partial writes included. */
const REFUSED: ReadonlySet<number> = new Set([400, 413, 422]);

/** Maximum characters of a reply in an error. */
const MAX_REASON_CHARACTERS = 300;

/** Writes points. Writing the same point again changes nothing. */
export class InfluxConnection implements RemoteConnection {
  readonly description: string;
  readonly #http: HttpConnection;
  readonly #options: InfluxOptions;
  /** True when only metrics are sent. */
  readonly #onlyMetrics: boolean;

  private constructor(http: HttpConnection, options: InfluxOptions, version: string, onlyMetrics: boolean) {
    this.#http = http;
    this.#options = options;
    this.#onlyMetrics = onlyMetrics;
    this.description = `InfluxDB${version}, bucket ${options.bucket}`;
  }

  /** @throws TelemetryError `failure` when no InfluxDB answers. */
  static async open({ remote, signal }: RemoteContext): Promise<InfluxConnection> {
    const options = optionsOf(remote);
    const http = connectTo(remote, options.endpoint);
    try {
      const { headers } = await http.send({ method: 'GET', path: '/ping', headers: options.headers, signal });
      const version = headers['x-influxdb-version'];
      const shown = typeof version === 'string' ? ` ${version.replace(/^v/, '')}` : '';
      return new InfluxConnection(http, options, shown, remote.definition.types === undefined);
    } catch (error) {
      http.close();
      throw error;
    }
  }

  /** Undefined: InfluxDB stores no position. */
  position(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async send(batch: Batch): Promise<SendOutcome> {
    const { session, source, signal } = batch;
    const condition = this.#onlyMetrics ? ` where "type" = 'metric'` : '';
    const { batches } = await session.query(
      `select "type", coalesce(name, "type"), ${eventNanoseconds(session)}, payload::varchar, id from ${source}${condition} order by id`,
    );
    let lines: string[] = [];
    let size = 0;
    let bytes = 0;
    let events = 0;
    const flush = async (): Promise<void> => {
      bytes += await this.#write(lines, signal);
      lines = [];
      size = 0;
    };
    for await (const rows of batches) {
      for (const [type, name, time, payload, id] of rows) {
        if (time == null) throw new RefusedBatch(`InfluxDB does not hold the time of event ${id!}`);
        const line = pointLine({ type: type!, name: name!, time, payload: Buffer.from(payload!) });
        if (line === undefined) continue;
        lines.push(line);
        events++;
        size += line.length;
        if (size >= REQUEST_BYTES) await flush();
      }
    }
    if (lines.length > 0) await flush();
    return { bytes, events };
  }

  close(): Promise<void> {
    this.#http.close();
    return Promise.resolve();
  }

  /** Returns the bytes sent. */
  async #write(lines: readonly string[], signal: AbortSignal): Promise<number> {
    const { endpoint, bucket, org, headers } = this.#options;
    const query = new URLSearchParams({ bucket, precision: 'ns', ...(org !== undefined && { org }) });
    const body = Buffer.from(`${lines.join('\n')}\n`);
    const response = await this.#http.send({
      method: 'POST',
      path: `${endpoint.path}?${query.toString()}`,
      headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
      body,
      signal,
    });
    if (response.status >= 300) throw this.#refusal(response);
    faultPoint('influxdb:written');
    return body.length;
  }

  #refusal({ status, headers, body }: HttpResponse): Error {
    const { origin } = this.#options.endpoint;
    const reason = reasonOf(body);
    const busy = busyError(origin, status, headers, reason);
    if (REFUSED.has(status)) return new RefusedBatch(reason === '' ? `refused with status ${status}` : reason);
    if (busy) return busy;
    const message = `${origin.origin} refused the points (${status})${reason === '' ? '' : `: ${reason}`}`;
    return new TelemetryError('failure', message);
  }
}

/**
 * The message of a reply: `error` in InfluxDB 1 and 3 (which adds the refused lines as `data`), `message` in InfluxDB
 * 2.
 */
function reasonOf(body: Buffer): string {
  const text = body.toString().trim();
  try {
    const { error, message, data } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const named = [error, message].find((value): value is string => typeof value === 'string');
    const lines = Array.isArray(data) ? `: ${JSON.stringify(data)}` : '';
    return ((named ?? text) + lines).slice(0, MAX_REASON_CHARACTERS);
  } catch {
    return text.slice(0, MAX_REASON_CHARACTERS);
  }
}
