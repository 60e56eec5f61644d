import { path, words, type Parser } from './values.js';

/** The variables of the process. */
export type Env = Readonly<Record<string, string | undefined>>;

/** One setting: its flag, its TELEMETRY_* variable, its key in a config file and its check are all read off this. */
export interface Setting<T> {
  /** What it sets, for --help, the man pages and the README. */
  readonly summary: string;
  readonly parse: Parser<T>;
  readonly fallback: (env: Env) => T;
  /** How --help shows the default when it is not the value itself. */
  readonly fallbackText?: string;
  /** How --help names the value; a setting without one is a yes-or-no flag. */
  readonly placeholder?: string;
  readonly choices?: readonly string[];
  /** Takes several values: a flag with several arguments, a variable split at commas, an array in a file. */
  readonly list?: true;
  /** What the flag says when it is given without a value; in a variable or file, `true` stands for it and `false` for the default. */
  readonly bare?: string;
  /** What `false` stands for in a variable or file, and the flag `--no-NAME`; without it, `false` stands for the default. */
  readonly off?: T;
  /** What `--no-NAME` does, for --help. */
  readonly offSummary?: string;
  /** Reads a value that is written as an object, as only a config file can. */
  readonly parseObject?: (value: Readonly<Record<string, unknown>>, base: string) => T;
  /** How `telemetry config` prints the value when it is not the value itself: without what is secret. */
  shown?(value: T): unknown;
  /** Never printed. */
  readonly secret?: true;
}

/** A setting, with the type that its parser gives. */
export function setting<T>(definition: Setting<T>): Setting<T> {
  return definition;
}

/** The path of a file; none unless it is given. */
export function fileSetting(summary: string): Setting<string | undefined> {
  return setting<string | undefined>({
    summary,
    placeholder: 'path',
    parse: path,
    fallback: () => undefined,
    fallbackText: 'none',
  });
}

/** A list of words, with commas between or one after the other. */
export function listSetting(summary: string, placeholder = 'path...'): Setting<readonly string[]> {
  return setting<readonly string[]>({
    summary,
    placeholder,
    list: true,
    parse: words,
    fallback: () => [],
    fallbackText: 'none',
  });
}
