import type { CubeDefinition } from '../../query/cubes/definition.js';
import type { Session } from '../../query/session.js';
import { quoteName } from '../../store/sql/text.js';
import type { CubeStore } from './cube-store.js';

/** The parts that the steps of a refresh share. */
export interface RefreshParts {
  /** The store's directory. */
  readonly dir: string;
  /** Of the cube. */
  readonly name: string;
  readonly definition: CubeDefinition;
  readonly store: CubeStore;
  /** In the cube's time zone. It may write the unfinished file. */
  readonly session: Session;
}

/** The result of a refresh. */
export interface Refreshed {
  /** Buckets that were computed; of a cube that is computed as a whole, its rows. */
  readonly buckets: number;
  /** Events since the last refresh. */
  readonly events: number;
  /** Late events of buckets that are frozen: in no bucket. */
  readonly lateDropped: number;
  /** Buckets that turned out to have lost raw events. */
  readonly frozen: number;
  /** Buckets that lost raw events before they were counted. */
  readonly incomplete: number;
}

/** SQL for the rows of a query in the order in which files have them. */
export function orderedSql({ bucket }: CubeDefinition, sql: string): string {
  return `select * from (\n${sql}\n) order by ${quoteName(bucket)}`;
}
