import { KnownObjects } from '../formats/json/known-objects.js';
import type { AccessControl } from '../receivers/auth/access.js';
import { createGuard } from '../receivers/auth/guard.js';
import { spending } from '../receivers/auth/rate-limit.js';
import type { Intake, IntakeCounts } from '../receivers/intake.js';
import { openTokenReader, type TokenReader } from '../store/catalog/token-reader.js';
import { identityOf } from '../store/database/store.js';
import type { StoreIdentity } from '../store/database/store-identity.js';
import type { WriterThread } from '../store/journal/start-writer-thread.js';
import { openWriter, type JournalWriter, type StreamIds } from '../store/journal/writer.js';
import { DEFAULT_TUNING } from '../core/limits.js';
import type { StoreLease } from './acquire-store.js';
import type { DirectImport } from './direct-import/direct-import.js';
import type { ServerMetrics } from './metrics.js';
import { observedWriter } from './observed.js';
import { openPipeline, type Pipeline } from './pipeline.js';
import type { ServerOptions } from './server-options.js';

/**
 * Opens the store of a server.
 * @param crash called when the writer's thread fails.
 * @throws TelemetryError `failure` when the store cannot be opened.
 */
export async function openServedStore(
  options: ServerOptions,
  lease: StoreLease,
  metrics: ServerMetrics,
  crash: (error: Error) => void,
): Promise<ServedStore> {
  const thread = await lease.thread;
  const pipeline = await openPipeline(options.store, options.privacy, metrics);
  const writer = openWriter({
    thread,
    queueBytes: options.queueSize,
    now: () => Date.now() * 1000,
    observer: metrics.observer,
    describe: pipeline.describe,
    onCrash: crash,
  });
  return new ServedStore(options, { thread, pipeline, writer });
}

/** The parts of a store that are opened first. */
interface StoreParts {
  readonly thread: WriterThread;
  readonly pipeline: Pipeline;
  readonly writer: JournalWriter & StreamIds;
}

/** The store of a server: the processors before its journal, the writer, the tokens and the identity. */
export class ServedStore {
  /** The writer of the journal, which reports commits to the observer of the server. */
  readonly writer: JournalWriter;
  readonly identity: StoreIdentity;
  readonly #options: ServerOptions;
  readonly #parts: StoreParts;
  readonly #tokenReader: TokenReader;

  constructor(options: ServerOptions, parts: StoreParts) {
    this.#options = options;
    this.#parts = parts;
    this.writer = observedWriter(parts.writer, options.observer ?? {});
    this.#tokenReader = openTokenReader(options.store);
    this.identity = identityOf(options.store);
  }

  /** Returns the current tokens of the store. */
  tokens(): ReturnType<TokenReader['tokens']> {
    return this.#tokenReader.tokens();
  }

  /** Returns the interface for receivers. */
  intake(access: AccessControl, counts: IntakeCounts): Intake {
    const { durability, keepHeader, maxEventSize, idleTimeout } = this.#options;
    const { pipeline } = this.#parts;
    return {
      writer: this.writer,
      process: (journal, sender) => pipeline.process(journal, sender && (sink => spending(sink, sender.allowance))),
      mayKeep: pipeline.mayKeep,
      guard: createGuard(this.#options, access),
      counts,
      durability,
      identity: this.identity,
      keepHeaders: keepHeader,
      maxEventBytes: maxEventSize,
      knownObjects: new KnownObjects(),
      idleTimeoutMs: idleTimeout,
    };
  }

  /** Opens the way of large imports past the journal. */
  async openDirectImport(counts: IntakeCounts): Promise<DirectImport> {
    const { store, archive = DEFAULT_TUNING, maxEventSize } = this.#options;
    const { thread, pipeline, writer } = this.#parts;
    // Loaded on demand: it loads DuckDB.
    const { DirectImport: Opened } = await import('./direct-import/direct-import.js');
    return new Opened({
      store,
      engine: archive,
      maxEventBytes: maxEventSize,
      now: () => Date.now() * 1000,
      process: sink => pipeline.process(sink),
      describe: pipeline.describe ?? (opening => opening),
      mayKeep: pipeline.mayKeep ?? (() => true),
      thread,
      streams: writer,
      onStored: (transport, stored, duplicates) => counts.stored(transport, stored, duplicates),
    });
  }

  /** Closes the readers of tokens and schemas. The writer is closed by its own method. */
  closeReaders(): void {
    this.#tokenReader.close();
    this.#parts.pipeline.close();
  }
}
