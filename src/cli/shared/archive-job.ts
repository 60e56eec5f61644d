import type { ArchiveOptions } from '../../store/archive/seal/open-archive.js';
import type { Context } from './context.js';

/** What a command that works on the archive is told of it. */
interface JobOptions {
  readonly store: string;
  readonly memory: number;
  readonly threads: number;
}

/**
 * Does work on the archive with a note on how far it is. Says so on stderr when another process, mostly the server's
 * keeper, has to finish something first.
 * @param title what is done, for as long as `work` has nothing else to say.
 */
export async function archiveJob<T>(
  { store: dir, memory, threads }: JobOptions,
  { streams, ...context }: Context,
  title: string,
  work: (archive: ArchiveOptions, say: (text: string) => void) => Promise<T>,
): Promise<T> {
  const progress = await streams.progress(title);
  const onWait = (): void => {
    const note = 'waiting for another process to finish its work on the archive';
    if (streams.errIsTerminal) progress.update(note);
    else void streams.err.write(`${note}\n`);
  };
  try {
    return await work({ dir, memory, threads, now: () => context.now() * 1000, onWait }, text => progress.update(text));
  } finally {
    progress.stop();
  }
}
