import type { CubeCheck } from './checks.js';

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
  /** The same with the extra columns of the checks. */
  readonly checked?: string;
}

/** The definition of a cube, as the registry of objects keeps it. */
export interface CubeDefinition {
  /** The query as the user wrote it. */
  readonly sql: string;
  /** The query that is run: `sql` with its aliases expanded. Cubes of earlier versions run `sql`. */
  readonly statement?: string;
  /** SELECT statements of the stored views that the query reads, also through views, by name. */
  readonly views?: Readonly<Record<string, string>>;
  /** The name of the column with the bucket. */
  readonly bucket: string;
  /** Interval of refreshes by a server, in milliseconds. */
  readonly everyMs: number;
  /** Age in milliseconds past which buckets are removed; undefined keeps all. */
  readonly keepMs?: number | undefined;
  /** An IANA name. */
  readonly timezone: string;
  readonly columns: readonly CubeColumn[];
  /** A hash of the attributes of the store and of the views that it reads, for which the types of `columns` are right. */
  readonly attributes?: string;
  /** The columns that no aggregate is in: they tell the rows apart. */
  readonly dimensions: readonly string[];
  /** The columns that are not compared as they are. */
  readonly checks?: readonly CubeCheck[];
  /** Undefined for a cube that each refresh computes as a whole. */
  readonly plan?: BucketPlan | undefined;
  /** The reason why `plan` is undefined. */
  readonly whole?: string | undefined;
}

/** The query that computes a cube as a whole. */
export function statementOf({ sql, statement = sql }: CubeDefinition): string {
  return statement;
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

/** A bucket as text, from its key: a time in ISO 8601, or a number. */
export function bucketText({ columns, bucket }: CubeDefinition, key: number): string {
  const type = columns.find(({ name }) => name.toLowerCase() === bucket.toLowerCase())?.type ?? '';
  const isTime = keyOf(type, 'x')?.startsWith('epoch_us') === true;
  return isTime ? new Date(key / 1000).toISOString().replace('.000Z', 'Z') : String(key);
}
