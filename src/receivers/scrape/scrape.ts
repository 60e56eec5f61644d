import { every } from '../../core/every.js';
import { DecodeError } from '../../formats/decoder.js';
import type { Label } from '../../formats/text/flat-labels.js';
import type { Decoder } from '../../formats/decoder.js';
import { ExpositionDecoder } from '../../formats/prometheus/exposition.js';
import { scrapeReport } from '../../formats/prometheus/report.js';
import { requestExposition, ScrapeError } from '../http/metrics-request.js';
import type { Intake } from '../intake.js';
import { sourceStream } from '../http/source-stream.js';

/** Maximum size of an exposition, two hundred times that of a typical exporter. It is buffered until it has been validated. */
const MAX_EXPOSITION_BYTES = 16 * 1024 * 1024;

/** Bytes to decode per turn of the event loop: at most a millisecond, so that acks are not delayed. */
const SLICE_BYTES = 16 * 1024;

/** A target to scrape. */
export interface ScrapeTarget {
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Labels of every event, including `job` and `instance`. */
  readonly labels: readonly Label[];
}

/** The context of a scrape. */
export interface ScrapeContext {
  readonly userAgent: string;
  /** Logs a line for the operator. */
  readonly log: (text: string) => void;
  /** Stops scraping. */
  readonly signal: AbortSignal;
}

/** Scrapes a target at once and then at each interval, until the signal aborts. An error affects one scrape of this target only. */
export async function scrapeTransport(intake: Intake, target: ScrapeTarget, context: ScrapeContext): Promise<void> {
  const { intervalMs } = target;
  const { signal, log } = context;
  const { host, pathname } = new URL(target.url);
  const stream = sourceStream(intake, { transport: 'scrape', remote: host, path: pathname });
  let isDown = false;

  async function once(): Promise<void> {
    const time = new Date().toISOString();
    const begun = performance.now();
    let samples = 0;
    let failure: ScrapeError | undefined;
    try {
      samples = await scrape(time);
    } catch (error) {
      if (signal.aborted) return;
      failure = asScrapeError(error);
    }
    const { counts, maxEventBytes } = intake;
    counts.scraped(failure?.outcome ?? 'ok');
    const seconds = (performance.now() - begun) / 1000;
    try {
      scrapeReport(stream.sink, { time, labels: target.labels, isUp: !failure, seconds, samples, maxEventBytes });
    } catch (error) {
      failure ??= asScrapeError(error);
    }
    if (failure && !isDown) log(`scrape of ${host}${pathname} failed: ${failure.message}`);
    else if (!failure && isDown) log(`scrape of ${host}${pathname} works again`);
    isDown = failure !== undefined;
  }

  /** Returns the number of samples. Stores nothing of an invalid exposition. */
  async function scrape(time: string): Promise<number> {
    const { url, token, timeoutMs, labels } = target;
    const { maxEventBytes } = intake;
    const request = { url, token, timeoutMs, signal, userAgent: context.userAgent, maxBytes: MAX_EXPOSITION_BYTES };
    const slices: Uint8Array[] = [];
    const label = await requestExposition(request, async reply => {
      for await (const chunk of reply.chunks) slices.push(...slicesOf(chunk));
      return reply.format;
    });
    const options = { labels, time, maxEventBytes, format: endsAsOpenMetrics(slices) ? 'openmetrics' : label } as const;
    const check = new ExpositionDecoder(() => undefined, options);
    await decode(check, slices, nextTurn);
    const events = new ExpositionDecoder(stream.sink, options);
    await decode(events, slices, async () => {
      await nextTurn();
      await stream.room();
    });
    return events.samples;
  }

  try {
    await every(intervalMs, signal, once);
  } finally {
    stream.close();
  }
}

/** Decodes slices. @param between called before each slice, to yield to other work */
async function decode(decoder: Decoder, slices: readonly Uint8Array[], between: () => Promise<void>): Promise<void> {
  for (const slice of slices) {
    await between();
    await decoder.write(slice);
  }
  await decoder.end();
}

function* slicesOf(chunk: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += SLICE_BYTES) yield chunk.subarray(at, at + SLICE_BYTES);
}

/** The last line of OpenMetrics, which has timestamps in seconds. Some targets label it as text, which has milliseconds. */
const LAST_LINE = /\n# EOF\n*$/;

/** The length of the last line, the line feed before it and some after it. */
const TAIL_BYTES = 16;

function endsAsOpenMetrics(slices: readonly Uint8Array[]): boolean {
  const tail = Buffer.concat(slices.slice(-TAIL_BYTES)).subarray(-TAIL_BYTES);
  return LAST_LINE.test(tail.toString('latin1'));
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

function asScrapeError(error: unknown): ScrapeError {
  if (error instanceof ScrapeError) return error;
  if (error instanceof DecodeError) {
    const place = error.line === undefined ? '' : `line ${error.line}: `;
    return new ScrapeError('malformed', `${place}${error.message}`);
  }
  throw error;
}
