import prettyBytes from 'pretty-bytes';
import { readServerFile } from '../../../client/server-file.js';
import { messageOf, TelemetryError } from '../../../core/errors.js';
import { sealJournal, type SealedJournal } from '../../../store/archive/seal/seal-journal.js';
import { archiveKind } from '../../../store/archive/formats/registry.js';
import { openCatalog } from '../../../store/catalog/catalog.js';
import { openReader } from '../../../store/journal/reader.js';
import { archiveJob } from '../../shared/archive-job.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import type { ServeOptions } from '../../shared/serve-options.js';

/** Events that an import may leave in the journal: as many are read as fast as from the archive. */
const MAX_LEFT_EVENTS = 100_000;

/** Events that are in segments, and the bytes of these. */
export type Sealed = Pick<SealedJournal, 'events' | 'segments' | 'bytes'>;

/** A line for people about what an import sealed; empty when that is nothing. */
export function sealedText(parts: readonly (Sealed | undefined)[]): string {
  const sum = (what: keyof Sealed): number => parts.reduce((total, part) => total + (part?.[what] ?? 0), 0);
  const events = sum('events');
  if (events === 0) return '';
  return `sealed ${counted(events, 'event')} into ${counted(sum('segments'), 'segment')} of ${prettyBytes(sum('bytes'))}\n`;
}

/**
 * Seals the events that a large import left in the journal of a store without a server, so that the first query finds
 * them in the archive. The import is complete already: a failure is a note, and Ctrl-C leaves the rest to the next
 * server.
 * @returns undefined when nothing is left to seal, or when that failed.
 */
export async function sealAfterImport(server: ServeOptions, context: Context): Promise<SealedJournal | undefined> {
  const { store, archive } = server;
  if (!hasMuchLeft(store, context.now())) return undefined;
  if (context.signal.aborted) return { events: 0, segments: 0, bytes: 0, isComplete: false };
  try {
    const job = { store, memory: archive.memory, threads: archive.threads };
    return await archiveJob(job, context, 'sealing', (options, report) =>
      sealJournal(
        {
          ...options,
          isShared: () => readServerFile(store) !== undefined,
          ...(context.streams.canRedraw && {
            onProgress: ({ events, of }) => report(`sealed ${events} of ${of} events`),
          }),
        },
        context.signal,
      ),
    );
  } catch (error) {
    await context.streams.err.write(
      `telemetry: the events are stored, but could not be sealed: ${messageOf(error)}\nTry again with telemetry seal.\n`,
    );
    return undefined;
  }
}

/** The error of an import whose sealing was interrupted. */
export function sealingInterrupted(): TelemetryError {
  return new TelemetryError('interrupted', 'interrupted while sealing; all events of the import are stored', {
    remedy: 'The next server of the store seals the rest, or telemetry seal.',
  });
}

function hasMuchLeft(store: string, now: number): boolean {
  const reader = openReader(store);
  const catalog = openCatalog(store, () => now * 1000);
  try {
    return reader.lastId() - reader.sealedId() > MAX_LEFT_EVENTS && archiveKind(catalog) !== 'none';
  } finally {
    catalog.close();
    reader.close();
  }
}
