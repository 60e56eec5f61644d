import { Option } from 'commander';
import { TelemetryError } from '../../core/errors.js';

/** The option --remote of commands that can query a remote instead of the store. */
export function remoteOption(): Option {
  return new Option('--remote <name>', 'query this remote instead of the store, in the SQL dialect of the remote');
}

/**
 * Rejects options that only apply to the store.
 * @param given the options by flag; undefined for one that was not given.
 * @throws TelemetryError `usage`.
 */
export function refuseWithRemote(
  given: Readonly<Record<string, unknown>>,
  remedies: Readonly<Record<string, string>> = {},
): void {
  const [flag] = Object.entries(given).find(([, value]) => value !== undefined && value !== false) ?? [];
  if (flag === undefined) return;
  throw new TelemetryError('usage', `${flag} is for the events of the store, so it cannot be combined with --remote`, {
    remedy: remedies[flag] ?? 'Leave it out.',
  });
}
