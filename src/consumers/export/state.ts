import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, TelemetryError } from '../../core/errors.js';
import { syncPath } from '../../store/archive/files.js';
import type { StoreIdentity } from '../../store/database/store-identity.js';
import type { ExportBounds, ExportColumn, ExportCommand, ExportPart } from './request.js';

/** The number of the layout of {@link ExportState} and of unfinished files. Another layout cannot be continued. */
const STATE_VERSION = 1;

/** The progress of an export, as its file records it after each part. */
export interface ExportState {
  readonly version: typeof STATE_VERSION;
  readonly store: StoreIdentity;
  readonly command: ExportCommand;
  readonly bounds: ExportBounds;
  /** The start of the export, ISO 8601. */
  readonly startedAt: string;
  /** The highest id of the store when it began: later events are not exported. */
  readonly toId: number;
  /** The number of events to export when it began. */
  readonly total: number;
  readonly columns: readonly ExportColumn[];
  /** Events up to this id are exported. */
  readonly afterId: number;
  /** The number of exported events. */
  readonly events: number;
  /** The part under way: it is written again with the same ends. */
  readonly part?: ExportPart | undefined;
  /** The bytes of the unfinished file that count. */
  readonly bytes?: number | undefined;
  /** True once all events are exported: the target is about to get its name, or has it. */
  readonly isComplete: boolean;
}

/** The state of an export that exports nothing yet. */
export function newState(given: Omit<ExportState, 'version' | 'afterId' | 'events' | 'isComplete'>): ExportState {
  return { version: STATE_VERSION, ...given, afterId: 0, events: 0, isComplete: false };
}

/**
 * Reads a state; undefined when the file does not exist.
 * @throws TelemetryError `failure` for a file of another version or with other content.
 */
export function readState(file: string): ExportState | undefined {
  try {
    const state = JSON.parse(readFileSync(file, 'utf8')) as ExportState | { readonly version: unknown };
    if (isPresent(state)) return state;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new TelemetryError('failure', `${file} is not the state of an export of this version of telemetry`, {
    remedy: 'Export with --force, which starts over, or to another path.',
  });
}

function isPresent(state: ExportState | { readonly version: unknown }): state is ExportState {
  return state.version === STATE_VERSION;
}

/** Replaces a state; it is on disk when this returns. */
export function writeState(file: string, state: ExportState): void {
  const temporary = `${file}.tmp`;
  const descriptor = openSync(temporary, 'w', 0o600);
  try {
    writeSync(descriptor, `${JSON.stringify(state)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
  syncPath(dirname(file));
}

/** The words for the first difference between two commands on a store; undefined for the same. */
export function differenceBetween(
  { store, command }: Pick<ExportState, 'store' | 'command'>,
  now: Pick<ExportState, 'store' | 'command'>,
): string | undefined {
  if (store.id !== now.store.id || store.epoch !== now.store.epoch) return 'of another store';
  const options: Readonly<Record<string, (of: ExportCommand) => string>> = {
    '--format': of => of.format,
    '--since': of => of.since ?? '',
    '--until': of => of.until ?? '',
    '--by': of => of.by,
    '--where': of => of.where ?? '',
    '--tz': of => of.tz,
    '--partition-by': of => of.partitionBy.join(','),
  };
  for (const [option, valueOf] of Object.entries(options)) {
    const before = valueOf(command);
    if (before !== valueOf(now.command)) return before === '' ? `without ${option}` : `with ${option} ${before}`;
  }
  return undefined;
}
