import { every } from '../../core/every.js';
import { jsonEvents } from '../../formats/json/events.js';
import { statsdAggregate, timedEvent } from '../../formats/statsd/aggregate.js';
import { dogstatsdEvent, isDogstatsd } from '../../formats/statsd/dogstatsd.js';
import { statsdLine, type GaugeSigns } from '../../formats/statsd/line.js';
import { listenForDatagrams, type ListenAddress } from './datagrams.js';
import type { Intake } from '../intake.js';
import { oneByOne } from '../websocket/error-isolation.js';
import { sourceStream } from '../http/source-stream.js';
import type { ListeningSource, SourceContext } from './syslog.js';

/** Where to listen for statsd, and how long an interval is. */
export interface StatsdAddress extends ListenAddress {
  readonly intervalMs: number;
  /** `auto` unless it is said. */
  readonly gauges?: GaugeSigns | undefined;
}

/**
 * Takes statsd over UDP, and stores at the end of each interval, and when it stops, what was reported in it: one event
 * of type metric a series. Events, service checks and samples with a timestamp, all of DogStatsD, are stored as they
 * come.
 * @throws TelemetryError `failure` when the address cannot be had.
 */
export async function statsdTransport(
  intake: Intake,
  { intervalMs, gauges = 'auto', ...address }: StatsdAddress,
  { say, crash }: SourceContext,
): Promise<ListeningSource> {
  const { counts } = intake;
  const aggregate = statsdAggregate();
  const each = oneByOne(counts, say, 'a statsd message');
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

  /** Stores what is not gathered. A sender of datagrams cannot be made to wait: while the journal is behind, it is counted and left out. */
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
