import type { SourceState } from '../../core/source.js';
import type { SourceServer } from '../../client/source.js';
import { type Member } from '../shared/members.js';
import { type LogFormat } from './log-reader.js';
import type { ChangeWatcher } from './change-watcher.js';

/** Options of {@link follow}. */
export interface FollowOptions {
  readonly source: string;
  /** The source as the store knows it; undefined at first sight. */
  readonly known: SourceState | undefined;
  /** The end of the log to begin at, at first sight. */
  readonly begin: 'start' | 'end';
  /** True when a removed file ends the following; otherwise it is waited for. */
  readonly endsWhenRemoved: boolean;
  readonly server: SourceServer;
  /** The format of its lines; undefined: as before, text at first. */
  readonly as: LogFormat | undefined;
  /** Members that the user asked for. */
  readonly members: readonly Member[];
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly changes: ChangeWatcher;
  readonly report: (text: string) => void;
  /** Called once the store knows where the log begins. */
  readonly onBegun: () => void;
}
