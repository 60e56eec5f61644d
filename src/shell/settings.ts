import { TelemetryError } from '../core/errors.js';

/** The settings of `\pset`, with their values before any is changed. */
const DEFAULTS = {
  /** A format of `telemetry query`; `auto` is a table on a terminal, else ndjson. */
  format: 'auto',
  expanded: 'off',
  null: '',
  /** `on`, `off`, or a command. */
  pager: 'on',
  /** The width that tables are fitted to, in cells; `auto` is that of the terminal, `0` cuts nothing. */
  columns: 'auto',
  limit: 'off',
  since: '',
  until: '',
  by: 'time',
  tz: 'auto',
};

/** The name of a setting. */
export type SettingName = keyof typeof DEFAULTS;

/** The names of the settings, in the order of lists. */
export const SETTING_NAMES = Object.keys(DEFAULTS) as SettingName[];

/** Names of formats in psql, duckdb and sqlite3. */
const FORMAT_NAMES: Readonly<Record<string, string>> = {
  aligned: 'table',
  wrapped: 'table',
  unaligned: 'tsv',
  duckbox: 'table',
  box: 'table',
  column: 'table',
  jsonlines: 'ndjson',
  jsonl: 'ndjson',
  list: 'tsv',
  tabs: 'tsv',
  md: 'markdown',
  vertical: 'line',
};

/** Variables that the shell reads itself; all others are values of parameters. */
export const SHELL_VARIABLES = ['ON_ERROR_STOP'] as const;

/** The words of a setting that is on or off. */
const SWITCH: Readonly<Record<string, boolean>> = {
  on: true,
  true: true,
  '1': true,
  yes: true,
  off: false,
  false: false,
  '0': false,
  no: false,
};

/** Returns the value of a switch; without a text, the opposite of the present one. @throws TelemetryError `usage`. */
export function switched(name: string, text: string | undefined, present: boolean): boolean {
  if (text === undefined) return !present;
  const value = SWITCH[text.toLowerCase()];
  if (value !== undefined) return value;
  throw new TelemetryError('usage', `${name} is on or off, not "${text}"`);
}

/** The settings and variables of a shell. */
export class ShellSettings {
  readonly #values: Record<SettingName, string> = { ...DEFAULTS };
  readonly #variables = new Map<string, string>();
  readonly #formats: readonly string[];
  showsTiming = false;

  /** @param formats the formats of rows. */
  constructor(formats: readonly string[]) {
    this.#formats = formats;
  }

  get(name: SettingName): string {
    return this.#values[name];
  }

  get stopsOnError(): boolean {
    const text = this.#variables.get('ON_ERROR_STOP');
    return text !== undefined && (SWITCH[text.toLowerCase()] ?? true);
  }

  /** The values of parameters, by name. */
  get parameters(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#variables].filter(([name]) => !isShellVariable(name)));
  }

  /** All variables, by name. */
  get variables(): readonly (readonly [name: string, value: string])[] {
    return [...this.#variables].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  setVariable(name: string, value: string): void {
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      throw new TelemetryError('usage', `"${name}" is not a name of a variable`, {
        remedy: 'Write \\set NAME VALUE with letters, digits and "_".',
      });
    }
    this.#variables.set(name, value);
  }

  unsetVariable(name: string): void {
    this.#variables.delete(name);
  }

  /** Changes a setting; without a text to its default, or, for `expanded`, to its opposite. @throws TelemetryError `usage`. */
  set(name: string, text: string | undefined): SettingName {
    const known = this.#nameOf(name);
    this.#values[known] = this.#valueOf(known, text);
    return known;
  }

  /** The name of a setting. @throws TelemetryError `usage` for one that does not exist. */
  #nameOf(name: string): SettingName {
    const given = name === 'x' ? 'expanded' : name === 'timezone' ? 'tz' : name;
    const known = SETTING_NAMES.find(setting => setting === given);
    if (known) return known;
    throw new TelemetryError('usage', `"${name}" is not a setting`, {
      remedy: `The settings are ${SETTING_NAMES.join(', ')}.`,
    });
  }

  #valueOf(name: SettingName, text: string | undefined): string {
    if (name === 'expanded') {
      if (text === 'auto') return 'off';
      return switched('expanded', text, this.#values.expanded === 'on') ? 'on' : 'off';
    }
    if (text === undefined || text === '') return DEFAULTS[name];
    switch (name) {
      case 'format':
        return this.#format(text);
      case 'columns':
      case 'limit':
        return wholeNumber(name, text, DEFAULTS[name]);
      case 'pager':
        if (text === 'always') return 'on';
        return Object.hasOwn(SWITCH, text) ? (SWITCH[text] ? 'on' : 'off') : text;
      case 'by':
        if (text === 'time' || text === 'received') return text;
        throw new TelemetryError('usage', `by is time or received, not "${text}"`);
      default:
        return text;
    }
  }

  #format(text: string): string {
    const lower = text.toLowerCase();
    const format = FORMAT_NAMES[lower] ?? lower;
    if (format === 'auto' || this.#formats.includes(format)) return format;
    throw new TelemetryError('usage', `"${text}" is not a format`, {
      remedy: `The formats are ${['auto', ...this.#formats].join(', ')}.`,
    });
  }
}

function wholeNumber(name: string, text: string, none: string): string {
  if (text === none || /^(?:off|auto|-1)$/.test(text)) return none;
  if (/^\d{1,9}$/.test(text)) return text;
  throw new TelemetryError('usage', `${name} is a whole number or ${none}, not "${text}"`);
}

function isShellVariable(name: string): boolean {
  return SHELL_VARIABLES.some(variable => variable === name);
}
