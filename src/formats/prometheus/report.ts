import type { EventSink } from '../../core/event.js';
import type { DecoderOptions } from '../decoder.js';
import { flatLabels, type Label } from '../text/flat-labels.js';
import { jsonStream } from '../json/stream.js';

/** The result of a scrape. */
export interface ScrapeReport extends DecoderOptions {
  /** Start time: ISO 8601. */
  readonly time: string;
  /** Those of the target. */
  readonly labels: readonly Label[];
  readonly isUp: boolean;
  readonly seconds: number;
  /** The number of samples that the target exposed; 0 when it failed. */
  readonly samples: number;
}

/** The events about a scrape itself, with Prometheus' names ("Automatically generated labels and time series"). */
export function scrapeReport(
  sink: EventSink,
  { time, labels, isUp, seconds, samples, ...options }: ScrapeReport,
): void {
  const gauge = (name: string, value: number, unit = ''): string =>
    `{"time":${JSON.stringify(time)},"type":"metric","metric_name":"${name}","metric_type":"gauge",` +
    `"metric_value":${value}${unit}${flatLabels(labels)}}\n`;
  const events = jsonStream(sink, options);
  const lines =
    gauge('up', isUp ? 1 : 0) +
    gauge('scrape_duration_seconds', Number(seconds.toFixed(6)), ',"unit":"seconds"') +
    gauge('scrape_samples_scraped', samples);
  void events.write(Buffer.from(lines));
  void events.end();
}
