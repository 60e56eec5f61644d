import { dirname, join } from 'node:path';
import { userDirectory } from './user-directory.js';

/** The name of a config file, both in a project and in the user's config directory. */
export const CONFIG_FILE = 'telemetry.config.json';

/** The possible paths of a project's config file: in `cwd` and the directories above it, the nearest first. */
export function projectConfigPaths(cwd: string): string[] {
  const paths: string[] = [];
  for (let dir = cwd; ; dir = dirname(dir)) {
    paths.push(join(dir, CONFIG_FILE));
    if (dirname(dir) === dir) return paths;
  }
}

/** The path of the user's config file. */
export function userConfigPath(env: Readonly<Record<string, string | undefined>>): string {
  return join(userDirectory(env.XDG_CONFIG_HOME, '.config'), 'telemetry', CONFIG_FILE);
}

/** The store of a command line whose settings name none. */
export function defaultStore(env: Readonly<Record<string, string | undefined>>): string {
  return join(userDirectory(env.XDG_DATA_HOME, '.local/share'), 'telemetry');
}
