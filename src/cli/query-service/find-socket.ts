import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readServerFile } from '../../client/server-file.js';
import { defaultStore, projectConfigPaths, userConfigPath } from '../config/config-path.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The query socket of the server that runs on the store of a command line; undefined without one. This is a quick look
 * at flags, variables and config files: the query process resolves the settings in full, and declines when its store
 * is another.
 */
export function findQuerySocket(args: readonly string[], env: Env, cwd: string): string | undefined {
  return readServerFile(storeOf(args, env, cwd))?.querySocket;
}

function storeOf(args: readonly string[], env: Env, cwd: string): string {
  const at = args.lastIndexOf('--store');
  const joined = args.findLast(arg => arg.startsWith('--store='))?.slice('--store='.length);
  const given = (at < 0 ? undefined : args[at + 1]) ?? joined ?? env.TELEMETRY_STORE ?? '';
  if (given !== '') return resolve(cwd, given);
  for (const file of [...projectConfigPaths(cwd), userConfigPath(env)]) {
    const configured = storeIn(file);
    if (configured !== undefined) return resolve(dirname(file), configured);
  }
  return defaultStore(env);
}

/** The setting `store` of a config file; undefined without one. Errors are for the command itself to report. */
function storeIn(file: string): string | undefined {
  try {
    const { store } = JSON.parse(readFileSync(file, 'utf8')) as { store?: unknown };
    return typeof store === 'string' ? store : undefined;
  } catch {
    return undefined;
  }
}
