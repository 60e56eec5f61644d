import { Option } from 'commander';
import { TelemetryError } from '../../core/errors.js';
import type { InputFormat } from '../../core/input-format.js';
import type { Member } from '../../sources/shared/members.js';
import { field } from './field-words.js';

/** --type: what files are read as. @param usual what tells it otherwise. */
export function typeOption(readings: readonly InputFormat[], usual: string): Option {
  return new Option('--type <name>', `${readings.join(', ')} (default: ${usual})`).choices(readings);
}

/** --pattern: the lines of --type regex. */
export function patternOption(): Option {
  return new Option('--pattern <regex>', "of --type regex: its named groups are the keys: '(?<time>\\S+) (?<msg>.*)'");
}

/** The error for --type regex alone. */
export function noPattern(): TelemetryError {
  return new TelemetryError('usage', '--type regex needs --pattern', {
    remedy: `Name the parts of a line: --pattern '(?<time>\\S+) (?<level>\\w+) (?<msg>.*)'.`,
  });
}

/** The members that --service and --set give to events. @throws TelemetryError `usage` for a key that is given twice, or a value that is not JSON. */
export function membersIn({
  service,
  set = [],
}: {
  readonly service?: string;
  readonly set?: readonly string[];
}): Member[] {
  const given = set.map(word => field(word, false));
  const members = [...(service === undefined ? [] : [['service_name', JSON.stringify(service)] as const]), ...given];
  const keys = members.map(([key]) => key.toLowerCase());
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw new TelemetryError('usage', `the key "${twice}" is set twice`);
  return members.map(([key, json]) => ({ key, json }));
}
