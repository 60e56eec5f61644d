import { Option } from 'commander';
import { TelemetryError } from '../../core/errors.js';
import type { InputFormat } from '../../core/input-format.js';
import type { Member } from '../../sources/shared/members.js';
import { addedKey } from './field-words.js';

/** The option --type: the format of the input files. @param usual the description of the default. */
export function typeOption(readings: readonly InputFormat[], usual: string): Option {
  return new Option('--type <name>', `${readings.join(', ')} (default: ${usual})`).choices(readings);
}

/** The option --pattern: the regular expression of --type regex. */
export function patternOption(): Option {
  return new Option('--pattern <regex>', "with --type regex: named groups become keys: '(?<time>\\S+) (?<msg>.*)'");
}

/** The error for --type regex without --pattern. */
export function noPattern(): TelemetryError {
  return new TelemetryError('usage', '--type regex needs --pattern', {
    remedy: `Name the parts of a line, such as --pattern '(?<time>\\S+) (?<level>\\w+) (?<msg>.*)'.`,
  });
}

/** The members that --service and --set add to events. @throws TelemetryError `usage` for a repeated key or invalid JSON. */
export function membersIn({
  service,
  set = [],
}: {
  readonly service?: string;
  readonly set?: readonly string[];
}): Member[] {
  const given = set.map(addedKey);
  const members = [...(service === undefined ? [] : [['service_name', JSON.stringify(service)] as const]), ...given];
  const keys = members.map(([key]) => key.toLowerCase());
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) {
    throw new TelemetryError('usage', `the key "${twice}" is set twice`, { remedy: 'Set each key once.' });
  }
  return members.map(([key, json]) => ({ key, json }));
}
