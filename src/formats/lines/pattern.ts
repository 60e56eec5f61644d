import { TelemetryError, messageOf } from '../../core/errors.js';
import { MESSAGE_KEYS } from '../../core/vocabulary.js';
import { isBareValueOf } from '../json/bare-value.js';
import { DecodeError } from '../decoder.js';

/** Makes an event of type log of a matching line; each named group of the pattern becomes a member. */
export type PatternLine = (line: string) => string;

/**
 * Compiles the pattern of `--type regex`, in JavaScript's syntax; `(?P<name>...)` of Python, Go and Rust is accepted
 * too. The whole line is the event's `msg`, unless a group has the name of a message.
 * @throws TelemetryError `usage` for an invalid pattern, or one without a named group.
 */
export function patternLine(pattern: string): PatternLine {
  const regex = compiled(pattern);
  // With an empty alternative it always matches and lists the names of all groups.
  const names = Object.keys(new RegExp(`${regex.source}|`).exec('')?.groups ?? {});
  if (names.length === 0) {
    throw new TelemetryError('usage', `--pattern ${pattern} names no part of a line`, {
      remedy: `Name what you want with (?<name>...): --pattern '(?<time>\\S+) (?<level>\\w+) (?<msg>.*)'.`,
    });
  }
  const hasMessage = names.some(name => MESSAGE_KEYS.includes(name));
  const hasType = names.includes('type');
  return line => {
    const groups = regex.exec(line)?.groups;
    if (!groups) throw new DecodeError('invalid_line', 'the pattern does not match');
    const members = names.flatMap(name => {
      const value = groups[name];
      return value === undefined
        ? []
        : [`${JSON.stringify(name)}:${isBareValueOf(name, value) ? value : JSON.stringify(value)}`];
    });
    if (!hasType) members.push('"type":"log"');
    if (!hasMessage) members.push(`"msg":${JSON.stringify(line)}`);
    return `{${members.join(',')}}`;
  };
}

/** Flags for the whole pattern, in the syntax of Python and Go. */
const FLAGS = /^\(\?([ims]+)\)/;

function compiled(pattern: string): RegExp {
  const [all = '', flags = ''] = FLAGS.exec(pattern) ?? [];
  try {
    return new RegExp(pattern.slice(all.length).replaceAll('(?P<', '(?<'), flags);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new TelemetryError('usage', `--pattern: ${messageOf(error)}`, {
      remedy: 'Write a regular expression of JavaScript; a backslash before a character takes it as it is.',
      cause: error,
    });
  }
}
