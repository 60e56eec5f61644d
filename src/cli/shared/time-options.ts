import { Option, type Command } from 'commander';
import { parseDuration, parseInstant, type Micros } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { parsed } from './options.js';

/** The forms that a point in time can be given in, for the help of options. */
export const INSTANT_FORMS = '10m, 2d, 12:30, yesterday, RFC 3339 or an epoch';

/** The values of --since and of --last, its other spelling. */
export interface SinceFlags {
  since?: string;
  last?: string;
}

/** Adds --since, and --last, which is not shown in help. */
export function addSince(command: Command, summary: string): Command {
  return command.option('--since <time>', `${summary}: ${INSTANT_FORMS}`).addOption(lastOption());
}

/** --last, another spelling of --since, which is not shown in help. */
export function lastOption(): Option {
  return new Option('--last <duration>', 'the same as --since').hideHelp();
}

/**
 * The point in time that --since or --last names.
 * @param now the present, in milliseconds since 1970.
 * @throws TelemetryError `usage` for a text that is none, or when both are given.
 */
export function sinceOf({ since, last }: SinceFlags, now: number): Micros | undefined {
  if (since !== undefined && last !== undefined) {
    throw new TelemetryError('usage', '--last is another spelling of --since: both were given');
  }
  return parsed('--since', since, text => parseInstant(text, now)) ?? parsed('--last', last, text => back(text, now));
}

function back(text: string, now: number): Micros {
  if (/^\d+$/.test(text)) {
    throw new TelemetryError('usage', `"${text}" is not a duration`, {
      remedy: `Write it with a unit, like ${text}m; -n ${text} is the last ${text} events.`,
    });
  }
  return Math.round((now - parseDuration(text)) * 1000);
}

/**
 * An age in milliseconds, given as a duration (`14d`) or as a point in time (`yesterday`, `2026-11-01`).
 * @param now the present, in milliseconds since 1970.
 * @throws TelemetryError `usage` for a text that is neither, or a time that is ahead.
 */
export function parseAge(text: string, now: number): number {
  try {
    return parseDuration(text);
  } catch (error) {
    // Elsewhere a number alone is an epoch. Here it more likely lacks its unit.
    const instant = /^[\d.]+$/.test(text.trim()) ? undefined : instantIn(text, now);
    if (instant === undefined) throw error;
    const age = now - instant / 1000;
    if (age >= 0) return age;
    throw new TelemetryError('usage', `"${text}" is ahead of now`, {
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
