import { readFileSync } from 'node:fs';
import { codeOf, messageOf, TelemetryError } from '../../core/errors.js';
import { unreadableFile } from '../../core/file-error.js';
import { SETTING_KEYS } from './settings.js';
import { projectConfigPaths, userConfigPath } from './config-path.js';

/** A parsed config file: its path and values. Every key is a known setting. */
export interface ConfigFile {
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The config file nearest to `cwd`, searched upwards; undefined without one. */
export async function projectConfig(cwd: string): Promise<ConfigFile | undefined> {
  for (const path of projectConfigPaths(cwd)) {
    const found = await readConfig(path);
    if (found) return found;
  }
  return undefined;
}

/** The config file of the user; undefined without one. */
export function userConfig(env: Readonly<Record<string, string | undefined>>): Promise<ConfigFile | undefined> {
  return readConfig(userConfigPath(env));
}

async function readConfig(file: string): Promise<ConfigFile | undefined> {
  const text = readText(file);
  if (text === undefined) return undefined;
  const values = parseObject(text, file);
  for (const key of Object.keys(values)) {
    if (!(SETTING_KEYS as readonly string[]).includes(key)) throw await unknownKey(key, file);
  }
  return { file, values };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw unreadableFile(file, error);
  }
}

function parseObject(text: string, file: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new TelemetryError('usage', `${file} is not JSON: ${messageOf(error)}`, { cause: error });
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  throw new TelemetryError('usage', `${file} does not hold a JSON object`, {
    remedy: 'Write it like {"store": "./telemetry"}.',
  });
}

async function unknownKey(key: string, file: string): Promise<TelemetryError> {
  const { closestMatch } = await import('leven');
  // A key that is more than half wrong is not a typo.
  const near = closestMatch(
    key.toLowerCase(),
    SETTING_KEYS.map(known => known.toLowerCase()),
    {
      maxDistance: Math.ceil(key.length / 2),
    },
  );
  const meant = SETTING_KEYS.find(known => known.toLowerCase() === near);
  return new TelemetryError('usage', `${file}: unknown setting "${key}"`, {
    remedy: meant ? `Did you mean "${meant}"?` : `The settings are ${SETTING_KEYS.join(', ')}.`,
  });
}
