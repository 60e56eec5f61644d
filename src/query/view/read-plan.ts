import type { UserIndex } from '../../store/catalog/user-indexes.js';
import type { ChosenSegments } from './segment-choice.js';

/** Scan statistics of a query, shown by `--explain`. */
export interface ReadPlan extends ChosenSegments {
  readonly journal: {
    /** Rows that scans have given since the session began. */
    readonly rowsRead: number;
    /** Rows of the journal, in the range or not. */
    readonly rows: number;
    /** The attributes, each with its WHERE, of the indexes that the last query used. */
    readonly indexes: readonly string[];
  };
}

/** An index as plans name it. */
export function indexName({ attribute, where }: UserIndex): string {
  return where === undefined ? attribute : `${attribute} where ${where}`;
}
