import type { Micros } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import { MAX_TIMER_MS } from '../../../core/limits.js';
import { readServerFile } from '../../../client/server-file.js';
import { tail, type OnSelection, type TailRequest } from '../../../consumers/tail/tail.js';
import type { Context } from '../../shared/context.js';
import { endInTime } from '../../shared/forced-end.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import type { TailOptions } from './options.js';
import { highlightPattern } from '../../../render/highlight.js';
import { conditionsOf, ignoresCase } from './conditions.js';
import { TailDisplay } from './display.js';
import { createPrinter } from './printer.js';

/** Default number of past events. */
const DEFAULT_LAST = 20;

export async function run(options: TailOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  const { pretty, by, picks, until, showsStats } = options;
  const isNamed = pretty !== undefined || by !== undefined || showsStats;
  const format = options.format ?? (streams.isTerminal || isNamed ? 'pretty' : 'ndjson');
  const timezone = options.tz ?? (format === 'pretty' ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC');
  const printer = createPrinter(format, options.columns, timezone, streams, {
    isLong: pretty === 'long',
    byTrace: by === 'trace',
    readsSeverity: showsStats,
    pattern: picks.grep === undefined ? undefined : highlightPattern(picks.grep, ignoresCase(picks.grep)),
  });
  const isOver = until !== undefined && until <= context.now() * 1000;
  const follow = options.follow && !isOver;
  const request: TailRequest = {
    ...selectionOf(options),
    columns: printer.columns,
    follow,
    readyStores: context.readyStores,
    onDamaged: damagedSegmentWarning(streams),
    timezone,
    timeStyle: format === 'pretty' ? 'readable' : 'iso',
  };
  const display = new TailDisplay(printer, context, {
    follow,
    showsStats,
    byTrace: by === 'trace',
    filter: request.filter,
  });
  const onSelection: OnSelection = (now, before) => display.select(now, before);
  const onCaughtUp = async (): Promise<void> => {
    await display.catchUp();
    context.onCaughtUp?.();
  };

  if (follow) await noteNoServer(options, context);
  const end = endAt(follow ? until : undefined, context);
  try {
    await endInTime(signal, async () => {
      for await (const page of tail({ ...request, onCaughtUp }, onSelection, end.signal)) await display.take(page);
    });
  } finally {
    display.stop();
    end.stop();
  }
  if (signal.aborted) throw stopped(display.printed);
  if (!follow && display.printed === undefined) {
    const { nothingNotes } = await import('./nothing.js');
    for (const note of await endInTime(signal, () => nothingNotes(options, context))) await streams.err.write(note);
  }
}

type Selection = 'dir' | 'filter' | 'conditions' | 'context' | 'since' | 'until' | 'fromId' | 'last';

/** The part of a request that selects events. */
function selectionOf({ store, filters, picks, ...options }: TailOptions): Pick<TailRequest, Selection> {
  const { context, since, until, fromId } = options;
  return {
    dir: store,
    filter: filters[0],
    conditions: [...filters.slice(1).map(sql => ({ option: '--filter', sql })), ...conditionsOf(picks)],
    context,
    since,
    until,
    fromId,
    last: options.last ?? (since === undefined && fromId === undefined ? DEFAULT_LAST : undefined),
  };
}

/**
 * A signal that aborts with the user's signal, or at a given time. A tail that should end after the maximum of a timer
 * does not end by itself.
 */
function endAt(until: Micros | undefined, context: Context): { readonly signal: AbortSignal; stop(): void } {
  const ms = until === undefined ? Infinity : until / 1000 - context.now();
  if (ms > MAX_TIMER_MS) return { signal: context.signal, stop: () => undefined };
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  return { signal: AbortSignal.any([context.signal, controller.signal]), stop: () => clearTimeout(timer) };
}

async function noteNoServer({ store }: TailOptions, { streams }: Context): Promise<void> {
  if (readServerFile(store)) return;
  await streams.err.write(`no server is running on ${store}; waiting for one (telemetry serve)\n`);
}

function stopped(printed: number | undefined): TelemetryError {
  const remedy = printed === undefined ? {} : { remedy: `Resume with --from-id ${printed + 1}.` };
  return new TelemetryError('interrupted', 'stopped', remedy);
}
