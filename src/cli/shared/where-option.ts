import { Option } from 'commander';
import { TelemetryError } from '../../core/errors.js';

/** The values of --where and of --filter, its other spelling. */
export interface WhereFlags {
  where?: string;
  filter?: string;
}

/** --filter where a command shows --where: the same option, which is not shown in help. */
export function filterOption(): Option {
  return new Option('--filter <sql>', 'the same as --where').hideHelp();
}

/** The condition that either spelling gives. @throws TelemetryError `usage` when both are given. */
export function whereOf({ where, filter }: WhereFlags): string | undefined {
  if (where === undefined || filter === undefined) return where ?? filter;
  throw new TelemetryError('usage', '--filter is another spelling of --where: both were given', {
    remedy: 'Join the conditions with AND.',
  });
}
