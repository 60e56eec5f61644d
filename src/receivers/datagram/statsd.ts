import { every } from '../../core/every.js';
import { jsonEvents } from '../../formats/json/events.js';
import { statsdAggregate, timedEvent } from '../../formats/statsd/aggregate.js';
import { dogstatsdEvent, isDogstatsd } from '../../formats/statsd/dogstatsd.js';
import { statsdLine, type GaugeSigns } from '../../formats/statsd/line.js';
import { listenForDatagrams, type ListenAddress } from './datagrams.js';
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
  const { counts } = intake;
  const aggregate = statsdAggregate();
  const each = isolateErrors(counts, log, 'a statsd message');
  const socket = await listenForDatagrams(address, bytes => {
    counts.bytes(bytes.length);
    for (const line of bytes.toString('utf8').split('\n')) {
      if (line.trim() !== '') each(() => take(line.replace(/\r$/, '')));
    }
  });
  const stream = sourceStream(intake, { transport: 'statsd' });
  const emit = jsonEvents(stream.sink, intake);
  const ending = new AbortController();
  let begun = Date.now();

  function take(line: string): void {
    if (isDogstatsd(line)) {
      const json = dogstatsdEvent(line, new Date().toISOString());
      if (json === undefined) counts.refused('invalid_statsd');
      else store(json);
      return;
    }
    const { samples, invalid } = statsdLine(line.trim(), gauges);
    if (invalid > 0) counts.refused('invalid_statsd', invalid);
    for (const sample of samples) {
      if (sample.time === undefined) aggregate.add(sample);
      else store(timedEvent(sample, sample.time));
    }
    if (aggregate.isFull) flush();
  }

  /** Stores an event that is not aggregated, or drops and counts it while the queue is full: UDP has no back-pressure. */
  function store(json: string): void {
    if (intake.writer.isFull) counts.refused('queue_full');
    else emit(json);
  }

  function flush(): void {
    const now = Date.now();
    for (const json of aggregate.flush(new Date(now).toISOString(), (now - begun) / 1000)) each(() => emit(json));
    begun = now;
  }

  const flushes = every(intervalMs, ending.signal, flush);
  flushes.catch(crash);
  return {
    port: socket.port,
    dropped: () => socket.dropped(),
    async stop() {
      ending.abort();
      await flushes;
      await socket.close();
      flush();
      stream.close();
    },
  };
}
