import { resolve } from 'node:path';
import prettyBytes from 'pretty-bytes';
import { statSync } from 'node:fs';
import { exportEvents, type Exported, type ExportProgress } from '../../../consumers/export/export.js';
import type { ExportState } from '../../../consumers/export/state.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { endInTime } from '../../shared/forced-end.js';
import type { ExportCommandOptions } from './options.js';

/** Exports events, with progress on stderr and a summary: a sentence on a terminal, JSON elsewhere. */
export async function run(options: ExportCommandOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  const { target, command } = options;
  const begun = context.now();
  const note = await streams.progress('exporting');
  let exported: Exported;
  try {
    exported = await endInTime(signal, () =>
      exportEvents({
        dir: resolve(options.store),
        target,
        isFolder: options.isFolder,
        command,
        bounds: { since: options.since, until: options.until },
        compression: options.compression,
        memory: options.memory,
        output: target === undefined ? bytes => streams.out.write(bytes) : undefined,
        signal,
        onDamaged: damagedSegmentWarning(streams),
        onContinue: async state => {
          note.stop();
          await streams.err.write(`telemetry: ${continuation(state)}\n`);
        },
        onProgress: progress => note.update(progressText(progress, begun, context.now())),
        now: () => context.now(),
        idsPerPart: idsPerPart(context),
      }),
    );
  } finally {
    note.stop();
  }
  for (const text of exported.notes) await streams.err.write(`telemetry: ${text}\n`);
  await summarize(exported, options, context, (context.now() - begun) / 1000);
}

/** A variable for tests that export few events in several parts. */
const PART_VARIABLE = 'TELEMETRY_EXPORT_PART_IDS';

function idsPerPart({ env }: Context): number | undefined {
  const ids = env[PART_VARIABLE];
  return ids === undefined ? undefined : Number(ids);
}

function continuation({ startedAt, events, total }: ExportState): string {
  const done = events.toLocaleString('en-US');
  return `continues the export of ${startedAt}: ${done} of ${counted(total, 'event')} were exported before`;
}

function progressText({ events, total }: ExportProgress, begun: number, now: number): string {
  const share = total === 0 ? 100 : Math.min(100, Math.floor((100 * events) / total));
  const seconds = Math.max((now - begun) / 1000, 0.001);
  const rate = Math.round(events / seconds).toLocaleString('en-US');
  return `exporting: ${share} %, ${events.toLocaleString('en-US')} of ${counted(total, 'event')}, ${rate}/s`;
}

async function summarize(
  { events, total, toId, before, notes }: Exported,
  { target, isFolder, command }: ExportCommandOptions,
  { streams }: Context,
  seconds: number,
): Promise<void> {
  const missing = Math.max(0, total - events);
  if (missing > 0) {
    await streams.err.write(`telemetry: ${counted(missing, 'event')} went from the store before they were exported\n`);
  }
  if (target === undefined) return;
  const bytes = isFolder ? undefined : statSync(target).size;
  if (!streams.isTerminal) {
    const { format } = command;
    const json = { file: target, format, events, before, missing, last_id: toId, bytes, seconds, notes };
    await streams.out.write(`${JSON.stringify(json)}\n`);
    return;
  }
  const size = bytes === undefined ? '' : ` (${prettyBytes(bytes)})`;
  await streams.out.write(`exported ${counted(events, 'event')} to ${target}${size}\n`);
}
