/** The options of `telemetry shell`, settings included. */
export interface ShellOptions {
  readonly store: string;
  /** A file of statements to run instead of stdin; `-` is stdin. */
  readonly file: string | undefined;
  /** Values of variables: ON_ERROR_STOP, and parameters. */
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** Settings of `\pset` that options give. */
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** --with name=FILE, with absolute paths. */
  readonly files: readonly { readonly name: string; readonly file: string }[];
}

/** Options of `telemetry query` and `telemetry shell` that are settings of the shell. */
interface SettingFlags {
  readonly format?: string | undefined;
  readonly null?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly by?: string | undefined;
  readonly tz?: string | undefined;
  readonly limit?: string | undefined;
}

/** The settings that options give, by name. */
export function settingsOf(flags: SettingFlags): (readonly [name: string, value: string])[] {
  const { format, null: nullText, since, until, by, tz, limit } = flags;
  return Object.entries({ format, null: nullText, since, until, by, tz, limit }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
}
