import { Option } from 'commander';
import { TelemetryError } from '../../core/errors.js';

/** The values of --where and its alias --filter. */
export interface WhereFlags {
  where?: string;
  filter?: string;
}

/** The option --filter, a hidden alias of --where. */
export function filterOption(): Option {
  return new Option('--filter <sql>', 'the same as --where').hideHelp();
}

/** Returns the condition of --where or --filter. @throws TelemetryError `usage` when both are given. */
export function whereOf({ where, filter }: WhereFlags): string | undefined {
  if (where === undefined || filter === undefined) return where ?? filter;
  throw new TelemetryError('usage', '--filter is an alias of --where: give only one', {
    remedy: 'Join the conditions with AND.',
  });
}
