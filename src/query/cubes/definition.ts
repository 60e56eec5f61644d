/** A column of a cube: its name and its DuckDB type as bound when the cube was created or last rebuilt. */
export interface CubeColumn {
  readonly name: string;
  readonly type: string;
}

/** SQL texts that compute single buckets of a cube. {@link CONDITION} is in each of them once. */
export interface BucketPlan {
  /**
   * The touched buckets of the events for which the condition is true: `bucket` as a key, `events`, `time_from` and
   * `time_to` in microseconds.
   */
  readonly touched: string;
  /** The key of an event's bucket, over the columns of the scan. */
  readonly key: string;
  /** The cube's query over the events for which the condition is true. */
  readonly rows: string;
}

/** The definition of a cube, as the registry of objects keeps it. */
export interface CubeDefinition {
  readonly sql: string;
  /** The name of the column with the bucket. */
  readonly bucket: string;
  /** Interval of refreshes by a server, in milliseconds. */
  readonly everyMs: number;
  /** Age in milliseconds past which buckets are removed; undefined keeps all. */
  readonly keepMs?: number | undefined;
  /** An IANA name. */
  readonly timezone: string;
  readonly columns: readonly CubeColumn[];
  /** The columns that no aggregate is in: they tell the rows apart. */
  readonly dimensions: readonly string[];
  /** The columns with an approximate aggregate in them. */
  readonly approximate: readonly string[];
  /** Undefined for a cube that each refresh computes as a whole. */
  readonly plan?: BucketPlan | undefined;
  /** The reason why `plan` is undefined. */
  readonly whole?: string | undefined;
}

/** The place of a condition on events in the texts of a {@link BucketPlan}: the name of a column that does not exist. */
export const CONDITION = 'cube_condition_of_this_step';

/** A text of a plan with a condition in it. */
export function withCondition(text: string, condition: string): string {
  return text.replace(CONDITION, () => `(${condition})`);
}

/** SQL for the key of a bucket, or undefined for a type that cannot be one. */
export function keyOf(type: string, value: string): string | undefined {
  if (type.startsWith('TIMESTAMP')) return `epoch_us(${value})`;
  if (type === 'DATE') return `epoch_us(cast(${value} as timestamp))`;
  if (/^U?(?:TINY|SMALL|BIG)?INT(?:EGER)?$/.test(type) && type !== 'UBIGINT') return `cast(${value} as bigint)`;
  return undefined;
}
