import type { Micros } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import { pause } from '../../../core/sleep.js';
import { readServerFile } from '../../../client/server-file.js';
import type { TailPage } from '../../../consumers/tail/scan.js';
import { tail, type OnSelection, type TailRequest } from '../../../consumers/tail/tail.js';
import type { Context } from '../../shared/context.js';
import { endInTime } from '../../shared/forced-end.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import type { TailOptions } from './options.js';
import { highlightPattern } from '../../../render/highlight.js';
import { conditionsOf, ignoresCase } from './conditions.js';
import { notesOn } from './notes.js';
import { createPrinter, traceOf, type Printer } from './printer.js';
import { TailRates } from './rates.js';
import { TraceGroups } from './trace-groups.js';

/** Delay before the last past event, in milliseconds, for a reader that has read enough to close the pipe. */
const LAST_EVENT_MS = 50;

/** Default number of past events. */
const DEFAULT_LAST = 20;

export async function run(options: TailOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  const { pretty, by, picks } = options;
  const isNamed = pretty !== undefined || by !== undefined || options.showsStats;
  const format = options.format ?? (streams.isTerminal || isNamed ? 'pretty' : 'ndjson');
  const isPretty = format === 'pretty';
  const timezone = options.tz ?? (isPretty ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC');
  const printer = createPrinter(format, options.columns, timezone, streams, {
    isLong: pretty === 'long',
    byTrace: by === 'trace',
    readsSeverity: options.showsStats,
    pattern: picks.grep === undefined ? undefined : highlightPattern(picks.grep, ignoresCase(picks.grep)),
  });
  const { until } = options;
  const isOver = until !== undefined && until <= context.now() * 1000;
  const follow = options.follow && !isOver;
  const { filters } = options;
  const request: TailRequest = {
    dir: options.store,
    columns: printer.columns,
    filter: filters[0],
    conditions: [...filters.slice(1).map(sql => ({ option: '--filter', sql })), ...conditionsOf(options.picks)],
    context: options.context,
    since: options.since,
    until,
    fromId: options.fromId,
    last: options.last ?? (options.since === undefined && options.fromId === undefined ? DEFAULT_LAST : undefined),
    follow,
    readyStores: context.readyStores,
    onDamaged: damagedSegmentWarning(streams),
    timezone,
    timeStyle: isPretty ? 'readable' : 'iso',
  };
  const rates = follow && options.showsStats ? new TailRates(streams, () => context.now()) : undefined;
  const onSelection: OnSelection = async (now, before) => {
    for (const note of notesOn(now, before, request.filter)) {
      rates?.hide();
      await streams.err.write(`${note}\n`);
    }
    if (!before) await printer.begin();
  };

  if (follow) await noteNoServer(options, context);
  const end = endAt(follow ? until : undefined, context);
  const groups = by === 'trace' ? new TraceGroups(traceOf) : undefined;
  let printed: number | undefined;
  /** False while past events are printed: rates are those of new events. */
  let hasCaughtUp = false;
  const show = async (page: TailPage | undefined): Promise<void> => {
    if (!page) return;
    rates?.hide();
    const isPast = printed === undefined && page.rows.length > 1;
    if (isPast && follow && !streams.isTerminal) await printInTwo(page, printer, signal);
    else await printer.print(page);
    printed = page.lastId;
    if (hasCaughtUp) rates?.count(page.rows.map(row => row.at(-1) ?? null));
    rates?.show();
  };
  const onCaughtUp = async (): Promise<void> => {
    await show(groups?.take());
    hasCaughtUp = true;
  };
  try {
    await endInTime(signal, async () => {
      for await (const page of tail({ ...request, onCaughtUp }, onSelection, end.signal)) {
        await show(groups ? groups.add(page) : page);
      }
    });
  } finally {
    rates?.stop();
    end.stop();
  }
  if (signal.aborted) throw stopped(printed);
}

/**
 * Maximum delay of a timer: 31 bits of milliseconds, some 24 days. A tail that should end later does not end by itself.
 */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A signal that aborts with the user's signal, or at a given time. */
function endAt(until: Micros | undefined, context: Context): { readonly signal: AbortSignal; stop(): void } {
  const ms = until === undefined ? Infinity : until / 1000 - context.now();
  if (ms > MAX_TIMER_MS) return { signal: context.signal, stop: () => undefined };
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  return { signal: AbortSignal.any([context.signal, controller.signal]), stop: () => clearTimeout(timer) };
}

/**
 * Prints the last past event a moment after the others. Only a write reveals that a reader has gone
 * (`telemetry tail | head -1`), and the next event may not arrive for hours.
 */
async function printInTwo(page: TailPage, { print }: Printer, signal: AbortSignal): Promise<void> {
  const last = page.rows.length - 1;
  await print({ ...page, rows: page.rows.slice(0, last) });
  await pause(LAST_EVENT_MS, signal);
  await print({ ...page, rows: page.rows.slice(last), groupStarts: page.groupStarts.includes(last) ? [0] : [] });
}

async function noteNoServer({ store }: TailOptions, { streams }: Context): Promise<void> {
  if (readServerFile(store)) return;
  await streams.err.write(`no server is running on ${store}; waiting for one (telemetry serve)\n`);
}

function stopped(printed: number | undefined): TelemetryError {
  const remedy = printed === undefined ? {} : { remedy: `Resume with --from-id ${printed + 1}.` };
  return new TelemetryError('interrupted', 'stopped', remedy);
}
