import type { ArchiveOptions } from '../../store/archive/seal/open-archive.js';
import type { Context } from './context.js';

/** The store and the resources for work on its archive. Memory in bytes. */
interface JobOptions {
  readonly store: string;
  readonly memory: number;
  readonly threads: number;
}

/**
 * Runs work on the archive and shows its progress. Prints a note on stderr while another process, usually the
 * maintenance process of the server, holds the archive.
 * @param title the first progress text.
 */
export async function archiveJob<T>(
  { store: dir, memory, threads }: JobOptions,
  { streams, ...context }: Context,
  title: string,
  work: (archive: ArchiveOptions, report: (text: string) => void) => Promise<T>,
): Promise<T> {
  const progress = await streams.progress(title);
  const onWait = (): void => {
    const note = 'waiting for another process to finish work on the archive';
    if (streams.canRedraw) progress.update(note);
    else void streams.err.write(`${note}\n`);
  };
  try {
    return await work({ dir, memory, threads, now: () => context.now() * 1000, onWait }, text => progress.update(text));
  } finally {
    progress.stop();
  }
}
