import type { Session } from '../../../query/session.js';
import type { Predicate } from '../../../query/predicate.js';
import type { ExportBounds, ExportCommand, ExportPart, TextCompression } from '../request.js';
import type { ExportState } from '../state.js';

/** The parts of an export that a writer works with. */
export interface WriterParts {
  /** Shows the events of one part at a time. */
  readonly session: Session;
  readonly predicate: Predicate | undefined;
  readonly command: ExportCommand;
  readonly bounds: ExportBounds;
  readonly state: ExportState;
  readonly compression: TextCompression;
  /** The folder of unfinished files, which the session may write. */
  readonly folder: string;
  /** The unfinished file that becomes the target; of a folder, the target itself. */
  readonly data: string;
}

/** The result of a part. */
export interface PartResult {
  readonly events: number;
  /** The bytes of the unfinished file that count from now on. */
  readonly bytes?: number;
}

/**
 * Writes the events of an export in one format, part by part, in the order of ids. Whatever ends the process, a part is
 * written once: `resume` drops what the state does not name.
 */
export interface ExportWriter {
  /** The ids of a part. More take more memory or lose more work when the export is interrupted. */
  readonly idsPerPart: number;
  /** True when a part is written again with the same ends after an interruption. */
  readonly repeatsParts?: boolean;
  /** Brings the unfinished files to the state. Returns the state, or a later one that the files themselves record. */
  resume(): Promise<Pick<ExportState, 'afterId' | 'events'>>;
  /** Writes the events of a part, which are those in view. They are on disk when this resolves. */
  write(part: ExportPart): Promise<PartResult>;
  /** Completes the unfinished file. It is on disk when this resolves. */
  finish(): Promise<void>;
  /** Releases what the writer holds open. */
  close(): Promise<void>;
  /** Sentences that name data missing from the target. Known after `finish`. */
  readonly notes?: readonly string[];
}
