import { faultPoint } from '../../../../core/fault-point.js';
import { OtlpRequests, type EncodedRequest } from '../../../../formats/otlp/encode/requests.js';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import type { StoreDatabase } from '../../../../store/database/store.js';
import { eventOfRow, OTLP_COLUMNS } from '../../../export/otlp-rows.js';
import { originsIn, originThrough } from '../../http/batch-origins.js';
import { DeliveredEvents } from '../../http/delivered-events.js';
import { RefusedBatch, type Batch, type RemoteConnection, type SendOutcome } from '../../kind.js';
import type { Exporter } from './exporter.js';

/** Limits that keep a request below 4 MiB, the default maximum of gRPC receivers, also in OTLP/JSON. */
const LIMITS = { records: 2048, characters: 3 * 1024 * 1024 };

/** Characters of payloads that are read before they are sent, so that no snapshot is kept during requests. */
const MAX_READ_CHARACTERS = 16 * 1024 * 1024;

const COLUMNS = `id, stream_id, ${OTLP_COLUMNS}`;

/** Sends the events of a store to an OTLP receiver. */
export class OtlpConnection implements RemoteConnection {
  readonly #exporter: Exporter;
  readonly #store: StoreIdentity;
  readonly #db: StoreDatabase;
  readonly #delivered = new DeliveredEvents();
  /** True once the receiver had the occasion to name its store. */
  #isKnown = false;

  constructor(exporter: Exporter, store: StoreIdentity, db: StoreDatabase) {
    this.#exporter = exporter;
    this.#store = store;
    this.#db = db;
  }

  get description(): string {
    return this.#exporter.description;
  }

  position(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * Sends a request without records, which receivers answer with success (the OTLP specification, "OTLP/HTTP
   * Response").
   */
  async reach(signal: AbortSignal): Promise<void> {
    await this.#exporter.send({ signal: 'logs', json: '{"resourceLogs":[]}', origin: this.#store.id }, signal);
    this.#isKnown = true;
  }

  /** Leaves out events that have passed the store at the other end, if that is one of telemetry. */
  async send(batch: Batch): Promise<SendOutcome> {
    const origins = await originsIn(batch, this.#db);
    if (origins.size > 0 && !this.#isKnown) await this.#meet(batch.signal);
    const total = { bytes: 0, rejected: 0, passed: 0 };
    let warning: string | undefined;
    for (let afterId = batch.afterId, isLast = false; !isLast;) {
      const read = await this.#read(batch, afterId, origins);
      ({ afterId, isLast } = read);
      total.passed += read.passed;
      for (const { request, origin } of read.requests) {
        const outcome = await this.#export(request, origin, batch.signal);
        total.bytes += outcome.bytes;
        total.rejected += outcome.rejected;
        if (outcome.message !== '') warning ??= outcome.message;
      }
    }
    this.#delivered.pass(batch.toId);
    return {
      bytes: total.bytes,
      events: batch.events - total.passed,
      ...(warning !== undefined && { warning: warningOf(total.rejected, warning) }),
    };
  }

  close(): Promise<void> {
    this.#exporter.close();
    return Promise.resolve();
  }

  /** Asks the receiver for its store. A receiver that refuses an empty request is not telemetry. */
  async #meet(signal: AbortSignal): Promise<void> {
    try {
      await this.reach(signal);
    } catch (error) {
      if (!(error instanceof RefusedBatch)) throw error;
      this.#isKnown = true;
    }
  }

  async #export(
    { signal, json, ids }: EncodedRequest,
    origin: string,
    abort: AbortSignal,
  ): ReturnType<Exporter['send']> {
    const outcome = await this.#exporter.send({ signal, json, origin }, abort);
    this.#isKnown = true;
    this.#delivered.add(ids);
    faultPoint('forward:posted');
    return outcome;
  }

  /** Reads events after an id as requests, those of each origin on their own. */
  async #read({ session, source }: Batch, afterId: number, origins: ReadonlyMap<number, string>): Promise<ReadPart> {
    const { peer } = this.#exporter;
    const byOrigin = new Map<string, OtlpRequests>();
    const part = { afterId, isLast: true, passed: 0 };
    let characters = 0;
    const { batches } = await session.query(`select ${COLUMNS} from ${source} where id > ${afterId} order by id`);
    for await (const rows of batches) {
      for (const row of rows) {
        const id = (part.afterId = Number(row[0]));
        const origin = origins.get(Number(row[1] ?? -1)) ?? '';
        if (peer !== undefined && origin.split(',').includes(peer)) {
          part.passed++;
          continue;
        }
        if (this.#delivered.has(id)) continue;
        const requests = byOrigin.get(origin) ?? new OtlpRequests(LIMITS);
        byOrigin.set(origin, requests);
        requests.add({ ...eventOfRow(row.slice(2)), id, eventId: `${this.#store.id}:${this.#store.epoch}:${id}` });
        characters += row.at(-1)!.length;
        if (characters >= MAX_READ_CHARACTERS) return { ...part, isLast: false, requests: this.#requestsOf(byOrigin) };
      }
    }
    return { ...part, requests: this.#requestsOf(byOrigin) };
  }

  #requestsOf(byOrigin: ReadonlyMap<string, OtlpRequests>): ReadPart['requests'] {
    return [...byOrigin].flatMap(([origin, requests]) =>
      requests.takeRequests(true).map(request => ({ request, origin: originThrough(origin, this.#store.id) })),
    );
  }
}

/** Events of a batch, encoded. */
interface ReadPart {
  readonly requests: readonly { readonly request: EncodedRequest; readonly origin: string }[];
  /** The last id that was read. */
  readonly afterId: number;
  readonly isLast: boolean;
  /** Events that were left out since they have passed the store at the other end. */
  readonly passed: number;
}

function warningOf(rejected: number, message: string): string {
  return rejected === 0 ? message : `the receiver left out ${rejected}: ${message}`;
}
