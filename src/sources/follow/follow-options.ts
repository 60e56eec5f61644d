import type { FeedState } from '../../core/source.js';
import type { FeedServer } from '../../client/feed.js';
import { type Member } from '../shared/members.js';
import { type LogReading } from './reader.js';
import type { Signs } from './change-watcher.js';

/** How a log is followed. */
export interface FollowOptions {
  readonly source: string;
  /** What the store knows of it; undefined at first sight. */
  readonly known: FeedState | undefined;
  /** Where to begin at first sight. */
  readonly begin: 'start' | 'end';
  /** Whether a file that was removed is let go of, rather than waited for. */
  readonly endsWhenRemoved: boolean;
  readonly server: FeedServer;
  /** What its lines are read as; undefined: as before, at first as text. */
  readonly as: LogReading | undefined;
  /** Members that the user asked for. */
  readonly members: readonly Member[];
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly signs: Signs;
  readonly say: (text: string) => void;
  /** The store knows where it begins. */
  readonly onBegun: () => void;
}
