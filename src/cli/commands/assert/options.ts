/** The formats of `telemetry assert`. */
export const ASSERT_FORMATS = ['text', 'json', 'tap', 'junit'] as const;

export type AssertFormat = (typeof ASSERT_FORMATS)[number];

/** The options of `telemetry assert`, settings included. */
export interface AssertOptions {
  readonly store: string;
  /** The SQL argument; with neither it nor `file`, SQL comes from stdin. */
  readonly sql: string | undefined;
  /** -f: a file of SQL, absolute; `-` is stdin. */
  readonly file: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  /** In milliseconds; 0 for now. */
  readonly within: number;
  /** In milliseconds. */
  readonly holds: number;
  /** Of one assertion without the time that it waits, in milliseconds. */
  readonly timeout: number | undefined;
  /** The most rows to show of an assertion. */
  readonly limit: number;
  readonly tz: string | undefined;
  readonly format: AssertFormat;
}
