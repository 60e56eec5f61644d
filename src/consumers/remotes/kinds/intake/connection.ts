import type { HttpConnection, HttpResponse } from '../../../../client/http-connection.js';
import { TelemetryError } from '../../../../core/errors.js';
import { faultPoint } from '../../../../core/fault-point.js';
import { ATTRIBUTE } from '../../../../core/vocabulary.js';
import { DeliveredEvents } from '../../http/delivered-events.js';
import { busyError, type HttpEndpoint } from '../../http/http-remote.js';
import { RefusedBatch, type Batch, type RemoteConnection, type SendOutcome } from '../../kind.js';
import { activityLine } from './activity-lines.js';

/** Maximum number of events in a request, as in clients of the intake. */
const MAX_EVENTS = 50;

/** Characters of events that are read before they are sent, so that no snapshot is kept during requests. */
const MAX_READ_CHARACTERS = 4 * 1024 * 1024;

/** Statuses that refuse the content of a request. */
const REFUSED: ReadonlySet<number> = new Set([400, 413, 422]);

/** Maximum characters of a reply in an error. */
const MAX_REASON_CHARACTERS = 300;

/** The parts of an {@link IntakeConnection}. */
export interface IntakeParts {
  readonly http: HttpConnection;
  readonly endpoint: HttpEndpoint;
  readonly headers: Readonly<Record<string, string>>;
}

/** An event to send. */
interface ActivityEvent {
  readonly id: number;
  readonly line: string;
}

/** Activity events of a batch. */
interface ReadPart {
  readonly events: readonly ActivityEvent[];
  /** Those that the intake has already, since an attempt failed after them. */
  readonly delivered: number;
  /** The last id that was read. */
  readonly afterId: number;
  readonly isLast: boolean;
}

/** Sends activity events to an intake. */
export class IntakeConnection implements RemoteConnection {
  readonly description = 'intake of activity events';
  readonly #parts: IntakeParts;
  readonly #delivered = new DeliveredEvents();

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  position(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Accepts any answer that does not refuse the credentials: an intake may not support GET. */
  async reach(signal: AbortSignal): Promise<void> {
    const { http, endpoint, headers } = this.#parts;
    const { status } = await http.send({ method: 'GET', path: endpoint.path, headers, signal });
    if (status === 401 || status === 403)
      throw new TelemetryError('failure', `${endpoint.origin.host} answers ${status}`);
  }

  async send(batch: Batch): Promise<SendOutcome> {
    let bytes = 0;
    let sent = 0;
    for (let afterId = batch.afterId, isLast = false; !isLast;) {
      const read = await this.#read(batch, afterId);
      for (let from = 0; from < read.events.length; from += MAX_EVENTS) {
        bytes += await this.#post(read.events.slice(from, from + MAX_EVENTS), batch.signal);
      }
      sent += read.events.length + read.delivered;
      ({ afterId, isLast } = read);
    }
    this.#delivered.pass(batch.toId);
    return { bytes, events: sent };
  }

  close(): Promise<void> {
    this.#parts.http.close();
    return Promise.resolve();
  }

  /** The next activity events after an id. */
  async #read({ session, source }: Batch, afterId: number): Promise<ReadPart> {
    const events: ActivityEvent[] = [];
    let lastId = afterId;
    let delivered = 0;
    let characters = 0;
    const { batches } = await session.query(
      `select id, text from (select id, payload::varchar as text from ${source} where id > ${afterId})
       where contains(text, '"${ATTRIBUTE.eventId}"') order by id`,
    );
    for await (const rows of batches) {
      for (const [id, payload] of rows) {
        lastId = Number(id);
        if (this.#delivered.has(lastId)) {
          delivered++;
          continue;
        }
        const line = activityLine(payload!);
        if (line === undefined) continue;
        events.push({ id: lastId, line });
        characters += line.length;
        if (characters >= MAX_READ_CHARACTERS) return { events, delivered, afterId: lastId, isLast: false };
      }
    }
    return { events, delivered, afterId: lastId, isLast: true };
  }

  /** Returns the bytes sent. */
  async #post(events: readonly ActivityEvent[], signal: AbortSignal): Promise<number> {
    const { http, endpoint, headers } = this.#parts;
    const body = Buffer.from(events.map(({ line }) => `${line}\n`).join(''));
    const response = await http.send({
      method: 'POST',
      path: endpoint.path,
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
      body,
      signal,
    });
    if (response.status >= 300) throw this.#refusal(response);
    this.#delivered.add(events.map(({ id }) => id));
    faultPoint('forward:posted');
    return body.length;
  }

  #refusal({ status, headers, body }: HttpResponse): Error {
    const { origin } = this.#parts.endpoint;
    const reason = body.toString().trim().slice(0, MAX_REASON_CHARACTERS);
    const busy = busyError(origin, status, headers, reason);
    if (busy) return busy;
    if (REFUSED.has(status)) return new RefusedBatch(reason === '' ? `refused with status ${status}` : reason);
    const message = `${origin.origin} refused the events (${status})${reason === '' ? '' : `: ${reason}`}`;
    return new TelemetryError('failure', message);
  }
}
