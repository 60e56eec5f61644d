import { TelemetryError } from '../../../core/errors.js';
import { pause } from '../../../core/pause.js';
import { readServerFile } from '../../../client/server-file.js';
import type { TailPage } from '../../../tail/scan.js';
import { tail, type OnSelection, type TailRequest } from '../../../tail/tail.js';
import type { Context } from '../../context.js';
import { endInTime } from '../../forced-end.js';
import { damageNote } from '../../damage-note.js';
import type { TailOptions } from './command.js';
import { notesOn } from './notes.js';
import { createPrinter, type Printer } from './printer.js';

/** Time for a reader of past events to go. */
const LAST_EVENT_MS = 50;

/** Past events that are shown when nothing else says where to begin. */
const DEFAULT_LAST = 20;

export async function run(options: TailOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  const isPretty = options.format === 'pretty';
  const timezone = options.tz ?? (isPretty ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC');
  const printer = createPrinter(options.format, options.columns, timezone, streams);
  const request: TailRequest = {
    dir: options.store,
    columns: printer.columns,
    filter: options.filter,
    since: options.since,
    fromId: options.fromId,
    last: options.last ?? (options.since === undefined && options.fromId === undefined ? DEFAULT_LAST : undefined),
    follow: options.follow,
    onDamaged: damageNote(streams),
    timezone,
    timeStyle: isPretty ? 'readable' : 'iso',
  };
  const onSelection: OnSelection = async (now, before) => {
    for (const note of notesOn(now, before)) await streams.err.write(`${note}\n`);
    if (!before) await printer.begin();
  };

  if (options.follow) await noteNoServer(options, context);
  let printed: number | undefined;
  await endInTime(signal, async () => {
    for await (const page of tail(request, onSelection, signal)) {
      const isPast = printed === undefined && page.rows.length > 1;
      if (isPast && options.follow && !streams.isTerminal) await printInTwo(page, printer, signal);
      else await printer.print(page);
      printed = page.lastId;
    }
  });
  if (signal.aborted) throw stopped(printed);
}

/**
 * A reader that has what it wanted (`telemetry tail | head -1`) is found to have gone by the next write, and after the
 * past events that may not come for hours. So the last of them is written a moment after the others.
 */
async function printInTwo(page: TailPage, { print }: Printer, signal: AbortSignal): Promise<void> {
  await print({ ...page, rows: page.rows.slice(0, -1) });
  await pause(LAST_EVENT_MS, signal);
  await print({ ...page, rows: page.rows.slice(-1) });
}

async function noteNoServer({ store }: TailOptions, { streams }: Context): Promise<void> {
  if (readServerFile(store)) return;
  await streams.err.write(`no server is running on ${store}: waiting for one (telemetry serve)\n`);
}

function stopped(printed: number | undefined): TelemetryError {
  const remedy = printed === undefined ? {} : { remedy: `Go on from here with --from-id ${printed + 1}.` };
  return new TelemetryError('interrupted', 'stopped', remedy);
}
