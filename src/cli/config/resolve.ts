import { dirname } from 'node:path';
import { readServerFile } from '../../client/server-file.js';
import { TelemetryError } from '../../core/errors.js';
import { projectConfig, userConfig } from './files.js';
import { SETTINGS } from './settings.js';
import { flagOf, variableOf } from './setting.js';
import type { Setting } from './setting.js';
import type { SettingKey, SettingValue } from './settings.js';
import { placed } from './values.js';

/** The flags on the command line, as commander parses them. */
export type Flags = Readonly<Record<string, unknown>>;

/** The source of a value, as `telemetry config` prints it. */
export interface Origin {
  readonly kind: 'flag' | 'variable' | 'project' | 'user' | 'default';
  /** The flag, variable or file; empty for a default. */
  readonly name: string;
}

/** The settings, looked up in this order: flag, variable, project file, user file, default. */
export interface Settings {
  /**
   * Returns the value of a setting. Checks only this setting, so that a stray variable does not break commands that do
   * not use it.
   * @throws TelemetryError `usage` naming the source of an invalid value.
   */
  get<K extends SettingKey>(key: K): SettingValue<K>;
  origin(key: SettingKey): Origin;
}

/** A value before validation. */
interface Found {
  readonly origin: Origin;
  readonly raw: unknown;
  /** The name of the source in error messages. */
  readonly place: string;
  /** The directory that relative paths in the value are relative to. */
  readonly base: string;
}

/**
 * Reads the config files and returns the settings of all sources.
 * @throws TelemetryError `usage` when a config file is not JSON or holds an unknown key.
 */
export async function resolveSettings(sources: {
  flags: Flags;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}): Promise<Settings> {
  const { flags, env, cwd } = sources;
  const project = await projectConfig(cwd);
  const user = await userConfig(env);

  function find(key: SettingKey): Found | undefined {
    const flag = flags[key];
    const flagName = flagOf(key);
    if (flag !== undefined) return found('flag', flagName, flag, flagName, cwd);
    const variable = variableOf(key);
    const set = env[variable];
    if (set) {
      const raw = SETTINGS[key].list ? set.split(',').map(item => item.trim()) : set;
      return found('variable', variable, raw, variable, cwd);
    }
    for (const [kind, config] of [
      ['project', project],
      ['user', user],
    ] as const) {
      const raw = config?.values[key];
      if (config && raw !== undefined)
        return found(kind, config.file, raw, `${config.file}: ${key}`, dirname(config.file));
    }
    return undefined;
  }

  /** Ignores a URL from a later source than the store: events would land in another store than the named one. */
  function findOwn(key: SettingKey): Found | undefined {
    const value = find(key);
    if (key !== 'url' || !value) return value;
    const store = find('store');
    if (!store || RANK.indexOf(store.origin.kind) > RANK.indexOf(value.origin.kind)) return value;
    if (store.origin.kind !== 'flag') return store.origin.kind === value.origin.kind ? value : undefined;
    if (value.origin.kind !== 'flag') return undefined;
    refuseForeign(read(SETTINGS.store, store) ?? '', read(SETTINGS.url, value) ?? '');
    return value;
  }

  return {
    get: <K extends SettingKey>(key: K) => {
      const definition = SETTINGS[key] as Setting<SettingValue<K>>;
      const value = findOwn(key);
      return (value && read(definition, value)) ?? definition.fallback(env);
    },
    origin: key => findOwn(key)?.origin ?? { kind: 'default', name: '' },
  };
}

/** The sources of a setting in order of precedence. */
const RANK: readonly Origin['kind'][] = ['flag', 'variable', 'project', 'user', 'default'];

/** @throws TelemetryError `usage` unless the server of the store is at the URL. */
function refuseForeign(store: string, url: string): void {
  const own = readServerFile(store)?.url;
  if (own !== undefined && new URL(own).origin === new URL(url).origin) return;
  const found = own === undefined ? 'that store has no running server' : `its server is at ${own}`;
  throw new TelemetryError('usage', `--url ${url} is not the server of --store ${store}: ${found}`, {
    remedy: 'Give only one of them: --url sends to that server, --store to that store.',
  });
}

function found(kind: Origin['kind'], name: string, raw: unknown, place: string, base: string): Found {
  return { origin: { kind, name }, raw, place, base };
}

/** Parses a value. Returns undefined for a value that asks for the default. */
function read<T>(definition: Setting<T>, value: Found): T | undefined {
  const items: readonly unknown[] = Array.isArray(value.raw) ? value.raw : [value.raw];
  if (!definition.list && Array.isArray(value.raw)) throw unfit(value, 'takes one value, not a list');
  const readers = items.map(item => readerOf(definition, value, item));
  return placed(value.place, () => {
    if (!definition.list) return readers[0]!();
    return readers.map(parse => parse()).flat() as T;
  });
}

/** A function that parses one item. Numbers and booleans of a config file are parsed as text. */
function readerOf<T>(definition: Setting<T>, value: Found, item: unknown): () => T | undefined {
  const { parse, parseObject, bare, off } = definition;
  if (parseObject && typeof item === 'object' && item !== null && !Array.isArray(item)) {
    return () => parseObject({ ...item }, value.base);
  }
  if (!['string', 'number', 'boolean'].includes(typeof item)) throw unfit(value, `cannot be ${JSON.stringify(item)}`);
  if (item === '') throw unfit(value, 'is empty');
  const text = String(item);
  if (bare !== undefined && text === 'false') return () => off;
  return () => parse(bare !== undefined && text === 'true' ? bare : text, value.base);
}

function unfit(value: Found, problem: string): TelemetryError {
  return new TelemetryError('usage', `${value.place} ${problem}`);
}
