import { path, words, type Parser } from './values.js';

/** Environment variables. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The definition of a setting. Its flag, TELEMETRY_* variable, config-file key and validation derive from this. */
export interface Setting<T> {
  /** The meaning, for --help, the man pages and docs/reference. */
  readonly summary: string;
  readonly parse: Parser<T>;
  readonly fallback: (env: Env) => T;
  /** The default as --help shows it, where that is not the value itself. */
  readonly fallbackText?: string;
  /** The name of the value in --help. A setting without one is a boolean flag. */
  readonly placeholder?: string;
  readonly choices?: readonly string[];
  /** Takes several values: a repeated flag, a variable split at commas, an array in a file. */
  readonly list?: true;
  /** The value of the flag without an argument. In a variable or file, `true` means this value and `false` the default. */
  readonly bare?: string;
  /** The value of `--no-NAME`, and of `false` in a variable or file. Without it, `false` means the default. */
  readonly off?: T;
  /** The description of `--no-NAME` in --help. */
  readonly offSummary?: string;
  /** Parses a value written as an object in a config file. */
  readonly parseObject?: (value: Readonly<Record<string, unknown>>, base: string) => T;
  /** The value as `telemetry config` prints it, without secrets. */
  shown?(value: T): unknown;
  /** True for a value that is never printed. */
  readonly secret?: true;
}

/** Infers the type of a setting from its parser. */
export function setting<T>(definition: Setting<T>): Setting<T> {
  return definition;
}

/** A setting that is the path of a file, by default none. */
export function fileSetting(summary: string): Setting<string | undefined> {
  return setting<string | undefined>({
    summary,
    placeholder: 'path',
    parse: path,
    fallback: () => undefined,
    fallbackText: 'none',
  });
}

/** A setting that is a list of words, separated by commas or given as several arguments. */
export function listSetting(summary: string, placeholder = 'path...', parse = words): Setting<readonly string[]> {
  return setting<readonly string[]>({
    summary,
    placeholder,
    list: true,
    parse,
    fallback: () => [],
    fallbackText: 'none',
  });
}

/** The environment variable of a setting: `maxEventSize` is TELEMETRY_MAX_EVENT_SIZE. */
export function variableOf(key: string): string {
  return `TELEMETRY_${key.replace(/[A-Z]/g, capital => `_${capital}`).toUpperCase()}`;
}

/** The flag of a setting: `maxEventSize` is --max-event-size. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, capital => `-${capital.toLowerCase()}`)}`;
}
