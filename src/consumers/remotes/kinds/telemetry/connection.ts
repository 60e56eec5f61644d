import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpConnection, HttpResponse } from '../../../../client/http-connection.js';
import { TelemetryError } from '../../../../core/errors.js';
import { faultPoint } from '../../../../core/fault-point.js';
import { FORWARD_HEADERS, SOURCES_PATH, type SourceState } from '../../../../core/source.js';
import { originsIn } from '../../http/batch-origins.js';
import { busyError, type HttpEndpoint } from '../../http/http-remote.js';
import { RefusedBatch, type Batch, type RemoteConnection, type RemoteContext, type SendOutcome } from '../../kind.js';
import { PostReader, type EventPost } from './posts.js';

const compress = promisify(gzip);

/** Reasons in a reply that refuse a request for something other than its events. */
const NOT_ABOUT_EVENTS: ReadonlySet<string> = new Set([
  'invalid_feed',
  'unsupported_media',
  'cannot_decompress',
  'inflates_too_much',
]);

/** The receiving store, as its server describes it. */
export interface Receiver {
  /** `ID:EPOCH`. */
  readonly identity: string;
  readonly version: string;
  /** The number of the last event of the feed that the store has. */
  readonly position: number | undefined;
}

/** The parts of a {@link TelemetryConnection}. */
export interface ConnectionParts {
  readonly http: HttpConnection;
  readonly endpoint: HttpEndpoint;
  readonly headers: Readonly<Record<string, string>>;
  /** The name of the feed. */
  readonly source: string;
  readonly receiver: Receiver;
  readonly isCompressed: boolean;
}

/** Sends the events of a store to a telemetry server, which stores the number of the last one. */
export class TelemetryConnection implements RemoteConnection {
  readonly #context: RemoteContext;
  readonly #parts: ConnectionParts;

  constructor(context: RemoteContext, parts: ConnectionParts) {
    this.#context = context;
    this.#parts = parts;
  }

  get description(): string {
    return `telemetry ${this.#parts.receiver.version}`;
  }

  get peer(): string {
    return this.#parts.receiver.identity.split(':')[0]!;
  }

  position(): Promise<number | undefined> {
    return Promise.resolve(this.#parts.receiver.position);
  }

  async send(batch: Batch): Promise<SendOutcome> {
    const { store, db } = this.#context;
    const reader = new PostReader(batch, this.#parts.source, store.id, await originsIn(batch, db!));
    let bytes = 0;
    for (let post = await reader.next(); post; post = await reader.next()) {
      bytes += await this.#post(post, batch.signal);
      faultPoint('forward:posted');
    }
    return { bytes };
  }

  close(): Promise<void> {
    this.#parts.http.close();
    return Promise.resolve();
  }

  /** Returns the bytes sent. */
  async #post({ body, headers, lastId }: EventPost, signal: AbortSignal): Promise<number> {
    const { http, endpoint, receiver, isCompressed } = this.#parts;
    const sent = isCompressed ? await compress(body, { level: 1 }) : body;
    const response = await http.send({
      method: 'POST',
      path: endpoint.path,
      headers: {
        ...this.#parts.headers,
        ...headers,
        accept: 'application/json',
        [FORWARD_HEADERS.store]: receiver.identity,
        ...(isCompressed && { 'content-encoding': 'gzip' }),
      },
      body: sent,
      signal,
    });
    const { position, error, reason } = jsonOf(response);
    if (response.status === 200 && position === lastId) return sent.length;
    const problem = typeof error === 'string' ? error : response.body.toString().trim().slice(0, 200);
    throw this.#refusal(response, problem, typeof reason === 'string' ? reason : undefined);
  }

  #refusal({ status, headers }: HttpResponse, problem: string, reason: string | undefined): Error {
    const { origin } = this.#parts.endpoint;
    const busy = busyError(origin, status, headers, problem);
    if (busy) return busy;
    const isOwnEvent = status === 409;
    const isAboutEvents = (status === 400 || status === 413) && reason !== undefined && !NOT_ABOUT_EVENTS.has(reason);
    if (isOwnEvent || isAboutEvents) return new RefusedBatch(problem);
    return replyError(origin, status, problem);
  }
}

/** The error of a reply that refuses the request itself. */
function replyError(origin: URL, status: number, problem: string): TelemetryError {
  const remedies: Readonly<Record<number, string>> = {
    401: 'Create the remote with a token of that server: --header "authorization=Bearer TOKEN".',
    403: 'Use a token with the scope ingest, or see --allow-host of that server.',
    426: 'Use telemetrys:// instead.',
  };
  const remedy = remedies[status];
  const message = `${origin.origin} refused the events (${status})${problem === '' ? '' : `: ${problem}`}`;
  return new TelemetryError('failure', message, remedy === undefined ? {} : { remedy });
}

/** Requests the identity of a server, and its position in a feed. @throws TelemetryError `failure`; RemoteBusy. */
export async function askReceiver(
  { http, endpoint, headers, source }: Pick<ConnectionParts, 'http' | 'endpoint' | 'headers' | 'source'>,
  signal: AbortSignal,
): Promise<Receiver> {
  const ask = async (path: string): Promise<HttpResponse> => {
    const response = await http.send({ method: 'GET', path: `${endpoint.path}${path}`, headers, signal });
    if (response.status === 200) return response;
    const text = response.body.toString().trim().slice(0, 200);
    throw (
      busyError(endpoint.origin, response.status, response.headers, text) ??
      replyError(endpoint.origin, response.status, text)
    );
  };
  const feeds = await ask(`${SOURCES_PATH.slice(1)}?${new URLSearchParams({ prefix: source }).toString()}`);
  const { [FORWARD_HEADERS.store]: identity } = feeds.headers;
  if (typeof identity !== 'string') {
    throw new TelemetryError('failure', `${endpoint.origin.origin} does not take forwarded events`, {
      remedy: 'It must be a telemetry server of at least the version of this one.',
    });
  }
  const states = JSON.parse(feeds.body.toString()) as readonly SourceState[];
  const { version } = jsonOf(await ask('version'));
  return {
    identity,
    version: typeof version === 'string' ? version : '',
    position: states.find(state => state.source === source)?.position,
  };
}

function jsonOf({ body }: HttpResponse): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
