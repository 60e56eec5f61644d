import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TelemetryError } from '../../core/errors.js';
import { faultPoint } from '../../core/fault-point.js';
import { bindPredicate, type Predicate } from '../../query/predicate.js';
import { openSession, type Session } from '../../query/session.js';
import type { OnDamaged } from '../../query/view/segment-health.js';
import { openReader } from '../../store/journal/reader.js';
import type { StoreIdentity } from '../../store/database/store-identity.js';
import { countRows, partsBetween } from './parts.js';
import { ExportPlace, unwritable } from './place.js';
import type { ExportBounds, ExportCommand, ExportPart, TextCompression } from './request.js';
import { exportColumns } from './rows.js';
import { newState, type ExportState } from './state.js';
import { openWriter } from './writers/open-writer.js';
import type { TextOutput } from './writers/text-file.js';
import type { ExportWriter, WriterParts } from './writers/writer.js';

/** An export to run. */
export interface ExportOptions {
  /** The store's directory. */
  readonly dir: string;
  /** Absolute; undefined for `output`. */
  readonly target: string | undefined;
  readonly isFolder: boolean;
  readonly command: ExportCommand;
  /** The bounds of an export that begins now. */
  readonly bounds: ExportBounds;
  readonly compression: TextCompression;
  /** Bytes that a query fills before it uses temporary files; the default is that of a session. */
  readonly memory: number | undefined;
  /** Takes a text in place of a file. Such an export cannot be continued. */
  readonly output?: TextOutput | undefined;
  readonly signal: AbortSignal;
  readonly onDamaged?: OnDamaged;
  /** Called when an interrupted export continues. */
  readonly onContinue?: (state: ExportState) => Promise<void>;
  readonly onProgress?: (progress: ExportProgress) => void;
  /** The present, in milliseconds since 1970. */
  readonly now: () => number;
  /** The ids of a part, for tests that have few events. */
  readonly idsPerPart?: number | undefined;
}

/** The events that are exported, of those that there are. */
export interface ExportProgress {
  readonly events: number;
  readonly total: number;
}

/** The result of an export. */
export interface Exported extends ExportProgress {
  /** The highest id of the store when the export began. */
  readonly toId: number;
  /** The number of events that an earlier run exported. */
  readonly before: number;
  /** Sentences that name data missing from the target. */
  readonly notes: readonly string[];
}

/**
 * Exports the events that are in a store now, part by part in the order of their ids, and continues an interrupted export
 * of the same command. Each part is read in one snapshot, which is given back after it: events that retention removes in
 * between are not exported.
 * @throws TelemetryError `failure` for a target that is another one's or cannot be written, `sql` for a condition that does
 *   not bind, `interrupted`, `noStore`. What is exported until then stays, for the next run.
 */
export async function exportEvents(options: ExportOptions): Promise<Exported> {
  const { dir, target, isFolder, command } = options;
  const store = identityOf(dir);
  if (target === undefined) return exportToOutput(options, store);
  const place = new ExportPlace(target, isFolder);
  place.open({ store, command });
  try {
    if (place.state?.isComplete) {
      place.publish();
      const { events, total, toId } = place.state;
      return { events, total, toId, before: events, notes: [] };
    }
    return await new Job(options, store, place.folder, place.data, place).run();
  } catch (error) {
    throw unwritable(target, error);
  } finally {
    place.close();
  }
}

async function exportToOutput(options: ExportOptions, store: StoreIdentity): Promise<Exported> {
  const folder = mkdtempSync(join(tmpdir(), 'telemetry-export-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await new Job(options, store, folder, join(folder, 'data')).run();
  } finally {
    process.removeListener('exit', remove);
    remove();
  }
}

function identityOf(dir: string): StoreIdentity {
  const reader = openReader(dir);
  try {
    const { id, epoch } = reader.identity();
    return { id, epoch };
  } finally {
    reader.close();
  }
}

/** An export under way. */
class Job {
  readonly #options: ExportOptions;
  readonly #store: StoreIdentity;
  readonly #folder: string;
  readonly #data: string;
  readonly #place: ExportPlace | undefined;

  /** @param place keeps the progress; undefined for an export that cannot be continued. */
  constructor(options: ExportOptions, store: StoreIdentity, folder: string, data: string, place?: ExportPlace) {
    this.#options = options;
    this.#store = store;
    this.#folder = folder;
    this.#data = data;
    this.#place = place;
  }

  async run(): Promise<Exported> {
    const { command, signal, onContinue, isFolder, output, compression } = this.#options;
    const found = this.#place?.state;
    const { since, until } = found?.bounds ?? this.#options.bounds;
    const session = await this.#openSession({ since, until });
    let writer: ExportWriter | undefined;
    try {
      const predicate =
        command.where === undefined ? undefined : await bindPredicate(session, command.where, '--where');
      const state = found ?? this.#save(await this.#begin(session, predicate, { since, until }));
      if (found) await onContinue?.(found);
      const { bounds } = state;
      const parts: WriterParts = {
        ...{ session, predicate, command, bounds, state, compression },
        folder: this.#folder,
        data: this.#data,
      };
      writer = openWriter(parts, { isFolder, output, signal });
      const { events, notes } = await this.#writeAll(session, writer, state);
      return { events, total: state.total, toId: state.toId, before: found?.events ?? 0, notes };
    } finally {
      await writer?.close();
      session.close();
    }
  }

  #openSession(bounds: ExportBounds): Promise<Session> {
    const { dir, command, memory, signal, onDamaged } = this.#options;
    return openSession({
      dir,
      ...bounds,
      by: command.by,
      timezone: command.tz,
      memory,
      signal,
      onDamaged,
      writableFolder: this.#folder,
      keepsOrder: false,
    });
  }

  async #begin(session: Session, predicate: Predicate | undefined, bounds: ExportBounds): Promise<ExportState> {
    const { command, now } = this.#options;
    const { lastId: toId } = await session.refresh();
    await session.refresh({ toId });
    return newState({
      store: this.#store,
      command,
      bounds,
      startedAt: new Date(now()).toISOString(),
      toId,
      total: await countRows(session, predicate),
      columns: exportColumns(session.attributes),
    });
  }

  async #writeAll(
    session: Session,
    writer: ExportWriter,
    begun: ExportState,
  ): Promise<{ events: number; notes: readonly string[] }> {
    const { signal, onProgress, idsPerPart = writer.idsPerPart } = this.#options;
    let state: ExportState = { ...begun, ...(await writer.resume()) };
    const first = writer.repeatsParts === true ? state.part : undefined;
    const from = { afterId: first?.toId ?? state.afterId, toId: state.toId };
    const parts: ExportPart[] = [...(first ? [first] : []), ...(await partsBetween(session, from, idsPerPart))];
    for (const part of parts) {
      if (signal.aborted) throw interrupted(state);
      onProgress?.(state);
      if (writer.repeatsParts === true) state = this.#save({ ...state, part });
      await session.refresh({ fromId: part.afterId + 1, toId: part.toId });
      const { events, bytes } = await this.#resumable(state, () => writer.write(part));
      faultPoint('export:part');
      state = this.#save({ ...state, afterId: part.toId, events: state.events + events, part: undefined, bytes });
      faultPoint('export:saved');
    }
    onProgress?.(state);
    await session.refresh({ fromId: state.toId + 1, toId: state.toId });
    await this.#resumable(state, () => writer.finish());
    await writer.close();
    state = this.#save({ ...state, isComplete: true });
    faultPoint('export:complete');
    this.#place?.publish();
    faultPoint('export:published');
    return { events: state.events, notes: writer.notes ?? [] };
  }

  /** Runs a step; when it is interrupted, the error says how far the export is. */
  async #resumable<T>(state: ExportState, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (this.#options.signal.aborted) throw interrupted(state, error);
      throw error;
    }
  }

  #save(state: ExportState): ExportState {
    return this.#place?.save(state) ?? state;
  }
}

function interrupted({ events, total }: ExportState, cause?: unknown): TelemetryError {
  const [done, all] = [events, total].map(count => count.toLocaleString('en-US'));
  return new TelemetryError('interrupted', `interrupted; ${done} of ${all} events are exported`, {
    remedy: 'Run the same command again: it continues there.',
    cause,
  });
}
