import { Option, type Command } from 'commander';
import { parseDuration, parseInstant, type Micros } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { parsed } from './options.js';

/** The accepted forms of a point in time, for help texts. */
export const INSTANT_FORMS = '10m, 2d, 12:30, yesterday, RFC 3339 or an epoch';

/** The values of --since and its alias --last. */
export interface SinceFlags {
  since?: string;
  last?: string;
}

/** Adds --since and its hidden alias --last. */
export function addSince(command: Command, summary: string): Command {
  return command.option('--since <time>', `${summary}: ${INSTANT_FORMS}`).addOption(lastOption());
}

/** The option --last, a hidden alias of --since. */
export function lastOption(): Option {
  return new Option('--last <duration>', 'the same as --since').hideHelp();
}

/**
 * Parses the point in time of --since or --last.
 * @param now the present, in milliseconds since 1970.
 * @throws TelemetryError `usage` for an invalid text, or when both are given.
 */
export function sinceOf({ since, last }: SinceFlags, now: number): Micros | undefined {
  if (since !== undefined && last !== undefined) {
    throw new TelemetryError('usage', '--last is an alias of --since: give only one');
  }
  return parsed('--since', since, text => parseInstant(text, now)) ?? parsed('--last', last, text => back(text, now));
}

function back(text: string, now: number): Micros {
  if (/^\d+$/.test(text)) {
    throw new TelemetryError('usage', `"${text}" is not a duration`, {
      remedy: `Write it with a unit, like ${text}m; -n ${text} is the last ${text} events.`,
    });
  }
  try {
    return Math.round((now - parseDuration(text)) * 1000);
  } catch (error) {
    if (!(error instanceof TelemetryError) || instantIn(text, now) === undefined) throw error;
    throw new TelemetryError('usage', `"${text}" is a point in time, not a duration`, {
      remedy: `Write --since ${/\s/.test(text) ? JSON.stringify(text) : text}.`,
      cause: error,
    });
  }
}

/**
 * Parses an age: a duration (`14d`) or a point in time (`yesterday`, `2026-11-01`). Returns milliseconds.
 * @param now the present, in milliseconds since 1970.
 * @throws TelemetryError `usage` for a text that is neither, or a future time.
 */
export function parseAge(text: string, now: number): number {
  try {
    return parseDuration(text);
  } catch (error) {
    // In other options a number is an epoch. Here it more likely lacks its unit.
    const instant = /^[\d.]+$/.test(text.trim()) ? undefined : instantIn(text, now);
    if (instant === undefined) throw error;
    const age = now - instant / 1000;
    if (age >= 0) return age;
    throw new TelemetryError('usage', `"${text}" is in the future`, {
      remedy: 'Write an age like 14d, or a past time.',
    });
  }
}

function instantIn(text: string, now: number): Micros | undefined {
  try {
    return parseInstant(text, now);
  } catch (error) {
    if (error instanceof TelemetryError) return undefined;
    throw error;
  }
}
