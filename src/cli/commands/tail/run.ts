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
import { conditionsOf } from './conditions.js';
import { notesOn } from './notes.js';
import { createPrinter, type Printer } from './printer.js';

/** Delay before the last past event, in milliseconds, for a reader that has read enough to close the pipe. */
const LAST_EVENT_MS = 50;

/** Default number of past events. */
const DEFAULT_LAST = 20;

export async function run(options: TailOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  const format = options.format ?? (streams.isTerminal ? 'pretty' : 'ndjson');
  const isPretty = format === 'pretty';
  const timezone = options.tz ?? (isPretty ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC');
  const printer = createPrinter(format, options.columns, timezone, streams);
  const { until } = options;
  const isOver = until !== undefined && until <= context.now() * 1000;
  const follow = options.follow && !isOver;
  const { filters } = options;
  const request: TailRequest = {
    dir: options.store,
    columns: printer.columns,
    filter: filters[0],
    conditions: [...filters.slice(1).map(sql => ({ option: '--filter', sql })), ...conditionsOf(options.picks)],
    since: options.since,
    until,
    fromId: options.fromId,
    last: options.last ?? (options.since === undefined && options.fromId === undefined ? DEFAULT_LAST : undefined),
    follow,
    engines: context.engines,
    onDamaged: damagedSegmentWarning(streams),
    timezone,
    timeStyle: isPretty ? 'readable' : 'iso',
  };
  const onSelection: OnSelection = async (now, before) => {
    for (const note of notesOn(now, before, request.filter)) await streams.err.write(`${note}\n`);
    if (!before) await printer.begin();
  };

  if (follow) await noteNoServer(options, context);
  const end = endAt(follow ? until : undefined, context);
  let printed: number | undefined;
  try {
    await endInTime(signal, async () => {
      for await (const page of tail(request, onSelection, end.signal)) {
        const isPast = printed === undefined && page.rows.length > 1;
        if (isPast && follow && !streams.isTerminal) await printInTwo(page, printer, signal);
        else await printer.print(page);
        printed = page.lastId;
      }
    });
  } finally {
    end.stop();
  }
  if (signal.aborted) throw stopped(printed);
}

/** Maximum delay of a timer: 31 bits of milliseconds, some 24 days. A tail that should end later does not end by itself. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A signal that aborts with that of the user, and at a point in time. */
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
  await print({ ...page, rows: page.rows.slice(0, -1) });
  await pause(LAST_EVENT_MS, signal);
  await print({ ...page, rows: page.rows.slice(-1) });
}

async function noteNoServer({ store }: TailOptions, { streams }: Context): Promise<void> {
  if (readServerFile(store)) return;
  await streams.err.write(`no server is running on ${store}; waiting for one (telemetry serve)\n`);
}

function stopped(printed: number | undefined): TelemetryError {
  const remedy = printed === undefined ? {} : { remedy: `Resume with --from-id ${printed + 1}.` };
  return new TelemetryError('interrupted', 'stopped', remedy);
}
