import { every } from '../../core/every.js';
import { jsonEvents } from '../../formats/json/events.js';
import { statsdAggregate, timedEvent } from '../../formats/statsd/aggregate.js';
import { dogstatsdEvent, isDogstatsd } from '../../formats/statsd/dogstatsd.js';
import { statsdLine, type GaugeSigns } from '../../formats/statsd/line.js';
import { listenForDatagrams, type Datagrams, type ListenAddress } from './datagrams.js';
import type { Intake } from '../intake.js';
import { isolateErrors } from '../websocket/error-isolation.js';
import { sourceStream } from '../http/source-stream.js';
import type { ListeningSource, SourceContext } from './syslog.js';

/** The address of statsd and its flush interval. */
export interface StatsdAddress extends ListenAddress {
  readonly intervalMs: number;
  /** By default `auto`. */
  readonly gauges?: GaugeSigns | undefined;
}

/**
 * Receives statsd over UDP. At the end of each interval and when it stops, stores one event of type metric per series.
 * Stores events, service checks and samples with a timestamp of DogStatsD at once.
 * @throws TelemetryError `failure` when the address is not available.
 */
export async function statsdTransport(
  intake: Intake,
  { intervalMs, gauges = 'auto', ...address }: StatsdAddress,
  { log, crash }: SourceContext,
): Promise<ListeningSource> {
  const socket = await listenForDatagrams(address, bytes => receiver.receive(bytes));
  const receiver: StatsdReceiver = new StatsdReceiver(intake, { socket, gauges, intervalMs, log });
  receiver.flushes.catch(crash);
  return receiver;
}

interface StatsdParts {
  readonly socket: Datagrams;
  readonly gauges: GaugeSigns;
  readonly intervalMs: number;
  readonly log: SourceContext['log'];
}

/** Aggregates the samples that a socket receives. */
class StatsdReceiver implements ListeningSource {
  /** Rejects when a flush fails. */
  readonly flushes: Promise<void>;
  readonly #intake: Intake;
  readonly #socket: Datagrams;
  readonly #gauges: GaugeSigns;
  readonly #stream: ReturnType<typeof sourceStream>;
  readonly #emit: (json: string) => void;
  readonly #isolated: ReturnType<typeof isolateErrors>;
  readonly #aggregate = statsdAggregate();
  readonly #ending = new AbortController();
  #begun = Date.now();

  constructor(intake: Intake, { socket, gauges, intervalMs, log }: StatsdParts) {
    this.#intake = intake;
    this.#socket = socket;
    this.#gauges = gauges;
    this.#isolated = isolateErrors(intake.counts, log, 'a statsd message');
    this.#stream = sourceStream(intake, { transport: 'statsd' });
    this.#emit = jsonEvents(this.#stream.sink, intake);
    this.flushes = every(intervalMs, this.#ending.signal, () => this.#flush());
  }

  get port(): number {
    return this.#socket.port;
  }

  dropped(): number {
    return this.#socket.dropped();
  }

  receive(bytes: Buffer): void {
    this.#intake.counts.bytes(bytes.length);
    for (const line of bytes.toString('utf8').split('\n')) {
      if (line.trim() !== '') this.#isolated(() => this.#take(line.replace(/\r$/, '')));
    }
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.flushes;
    await this.#socket.close();
    this.#flush();
    this.#stream.close();
  }

  #take(line: string): void {
    const { counts } = this.#intake;
    if (isDogstatsd(line)) {
      const json = dogstatsdEvent(line, new Date().toISOString());
      if (json === undefined) counts.refused('invalid_statsd');
      else this.#store(json);
      return;
    }
    const { samples, invalid } = statsdLine(line.trim(), this.#gauges);
    if (invalid > 0) counts.refused('invalid_statsd', invalid);
    for (const sample of samples) {
      if (sample.time === undefined) this.#aggregate.add(sample);
      else this.#store(timedEvent(sample, sample.time));
    }
    if (this.#aggregate.isFull) this.#flush();
  }

  /** Stores an event that is not aggregated, or drops and counts it while the queue is full: UDP has no back-pressure. */
  #store(json: string): void {
    if (this.#intake.writer.isFull) this.#intake.counts.refused('queue_full');
    else this.#emit(json);
  }

  #flush(): void {
    const now = Date.now();
    const events = this.#aggregate.flush(new Date(now).toISOString(), (now - this.#begun) / 1000);
    for (const json of events) this.#isolated(() => this.#emit(json));
    this.#begun = now;
  }
}
