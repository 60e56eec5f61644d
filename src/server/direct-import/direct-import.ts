import type { DeferredPosts, PostEvents } from '../../client/source.js';
import { openImportArchive, type ImportArchive } from '../../store/archive/seal/import-archive.js';
import type { EngineOptions } from '../../store/archive/engine.js';
import { DirectPosts, type DirectPostsOptions } from './direct-posts.js';

/** Options of {@link DirectImport}. */
export interface DirectImportOptions extends DirectPostsOptions {
  readonly store: string;
  /** Of the engine that writes segments. */
  readonly engine: EngineOptions;
}

/** The events that direct imports wrote to segments. */
export interface DirectlySealed {
  readonly events: number;
  readonly segments: number;
  /** Of the segments' files. */
  readonly bytes: number;
}

/**
 * The way of large imports in a server: events go into segments without rows in the journal. From the first of them on
 * it holds the lock of the archive.
 */
export class DirectImport {
  readonly #options: DirectImportOptions;
  readonly #abort = new AbortController();
  #archive: Promise<ImportArchive | undefined> | undefined;
  #sealed: DirectlySealed = { events: 0, segments: 0, bytes: 0 };

  constructor(options: DirectImportOptions) {
    this.#options = options;
  }

  get sealed(): DirectlySealed {
    return this.#sealed;
  }

  /**
   * Begins with a source. One at a time, until it is settled.
   * @param journal stores the posts that cannot go this way.
   * @param signal ends the writing of segments.
   */
  open(journal: PostEvents, signal: AbortSignal): DeferredPosts {
    signal.addEventListener('abort', () => this.#abort.abort());
    return new DirectPosts({
      ...this.#options,
      journal,
      archive: () => this.#open(),
      onSealed: segments => {
        const sum = (what: 'events' | 'bytes'): number => segments.reduce((total, segment) => total + segment[what], 0);
        const { events, segments: count, bytes } = this.#sealed;
        this.#sealed = {
          events: events + sum('events'),
          segments: count + segments.length,
          bytes: bytes + sum('bytes'),
        };
      },
    });
  }

  /** Releases the archive. All sources have to be settled. */
  async close(): Promise<void> {
    const archive = await this.#archive;
    await archive?.close();
  }

  /** The archive; the next source tries again when it is not available. */
  async #open(): Promise<ImportArchive | undefined> {
    const { store, engine, now } = this.#options;
    this.#archive ??= openImportArchive({ dir: store, ...engine, now }, this.#abort.signal);
    const archive = await this.#archive;
    if (!archive) this.#archive = undefined;
    return archive;
  }
}
