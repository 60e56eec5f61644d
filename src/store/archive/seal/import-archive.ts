import type { DeduplicationWindow } from '../../catalog/deduplication.js';
import type { ProvisionalAttributes } from '../../catalog/attributes.js';
import type { NewSegment } from '../../catalog/segments.js';
import type { ShapeLeaf } from '../../../core/shape.js';
import { knownEventIds } from '../../journal/known-event-ids.js';
import { openSealedRows } from '../../journal/trim.js';
import { removeFile } from '../files.js';
import type { ArchiveKind } from '../format.js';
import { archiveKind, kindNamed } from '../formats/registry.js';
import { LineFiles } from '../line-files.js';
import type { LoadedLines } from '../load-lines.js';
import { MAX_LINES_BYTES } from '../memory.js';
import { ImportBatch } from './import-batch.js';
import { withArchive, type ArchiveOptions } from './open-archive.js';
import { maxBatchEvents, writeSegments, type ArchiveContext } from './seal.js';
import { sealInRoom } from './seal-in-room.js';

/** Events of the journal that an import seals first: some two seconds of work. */
const MAX_SEALED_FIRST = 200_000;

/** Time to wait for another process that works on the archive, in milliseconds: the import has another way. */
const PATIENCE_MS = 1000;

/** The archive of a store for an import that writes segments. It holds the lock of the archive until it is closed. */
export class ImportArchive {
  readonly #context: ArchiveContext;
  readonly #kind: ArchiveKind;
  readonly #end: () => Promise<void>;
  readonly #files: readonly [LineFiles, LineFiles];
  #turn: 0 | 1 = 0;
  #attributes: ProvisionalAttributes | undefined;
  #eventIds: DeduplicationWindow | undefined;

  constructor(context: ArchiveContext, kind: ArchiveKind, end: () => Promise<void>) {
    this.#context = context;
    this.#kind = kind;
    this.#end = end;
    this.#files = [new LineFiles(context.dir, 'a'), new LineFiles(context.dir, 'b')];
  }

  /**
   * Seals what lies in the journal, so that all events up to one id are sealed.
   * @returns false when that is too much.
   * @throws what sealBatch throws.
   */
  async sealJournal(): Promise<boolean> {
    const { reader, dir, signal } = this.#context;
    const lastId = reader.lastId();
    const count = lastId - reader.sealedId();
    if (count === 0) return true;
    if (count > MAX_SEALED_FIRST) return false;
    const rows = openSealedRows(dir);
    try {
      const trim = (): Promise<void> => rows.trim({ signal, isShared: () => true, shrinks: false });
      const batches = sealInRoom(this.#context, this.#kind, () => lastId, trim);
      while ((await batches.next()).done !== true);
      await trim();
      return true;
    } finally {
      rows.close();
    }
  }

  /**
   * A batch whose first event gets an id. At most two batches are in use at a time.
   * @param firstId undefined for the id after all others.
   */
  newBatch(stream: number, firstId = this.#context.catalog.lastGivenId() + 1): ImportBatch {
    const { catalog, dir } = this.#context;
    this.#turn = this.#turn === 0 ? 1 : 0;
    return new ImportBatch({
      files: this.#files[this.#turn],
      attributes: (this.#attributes ??= catalog.provisionalAttributes()),
      eventIds: () => (this.#eventIds ??= knownEventIds(dir)),
      limits: { maxEvents: maxBatchEvents(this.#kind), maxBytes: MAX_LINES_BYTES },
      firstId,
      stream,
    });
  }

  /** The attributes of the batches so far that are not registered by the ones before. */
  takeAttributes(): readonly ShapeLeaf[] {
    return this.#attributes?.take() ?? [];
  }

  /** Writes the segments of a batch, which do not count before they are registered. @throws as writeSegments. */
  write({ batchShapes, attributes }: ImportBatch, lines: LoadedLines): Promise<NewSegment[]> {
    return writeSegments(this.#context, this.#kind, { lines, loaded: lines, batchShapes, attributes });
  }

  /** Event ids up to the last one are in segments: those past the window need not be known any more. */
  registered(lastId: number): void {
    this.#eventIds?.forget(lastId);
  }

  /** Removes segments that were not registered. */
  remove(segments: readonly NewSegment[]): void {
    for (const { file } of segments) removeFile(this.#context.dir, file);
  }

  /** Forgets what batches have learned that were not registered. */
  forget(): void {
    this.#attributes = undefined;
    this.#eventIds = undefined;
  }

  async close(): Promise<void> {
    for (const files of this.#files) files.close();
    await this.#end();
  }
}

/**
 * Acquires the archive of a store for an import.
 * @returns undefined when another process works on it, or when it is of a kind that does not take lines.
 * @throws TelemetryError `noStore`, `failure`.
 */
export async function openImportArchive(
  options: Omit<ArchiveOptions, 'onWait'>,
  signal: AbortSignal,
): Promise<ImportArchive | undefined> {
  const isHeld = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let end: () => void = () => undefined;
  const ended = new Promise<void>(resolve => (end = resolve));
  let done: Promise<unknown> = Promise.resolve();
  return new Promise<ImportArchive | undefined>((resolve, reject) => {
    done = withArchive(
      { ...options, onWait: () => void (timer = setTimeout(() => isHeld.abort(), PATIENCE_MS)) },
      AbortSignal.any([signal, isHeld.signal]),
      async context => {
        clearTimeout(timer);
        const name = archiveKind(context.catalog);
        const kind = name === 'none' ? undefined : kindNamed(name);
        // Events that go back into the journal are those up to the sealed one.
        if (kind?.usesShapes !== true || context.catalog.setting('returned') !== undefined) return;
        resolve(
          new ImportArchive(context, kind, async () => {
            end();
            await done;
          }),
        );
        await ended;
      },
    );
    done.then(() => resolve(undefined), reject);
  });
}
