import { messageOf, TelemetryError, type ErrorKind } from '../../../core/errors.js';
import { checkRule } from '../../../consumers/alerts/check-rule.js';
import { channelOf } from '../../../consumers/alerts/notify/channel.js';
import type { AlertRule } from '../../../consumers/alerts/rule.js';
import { channelsOf } from '../../../consumers/alerts/rule-file.js';
import { visible } from '../../../render/visible.js';
import { openSession } from '../../../query/session.js';
import { listChannels, type StoredChannel } from '../../../store/catalog/alert-channels.js';
import { openForWriting } from '../../../store/database/store.js';
import type { Context } from '../../shared/context.js';
import type { AlertOptions } from './options.js';

/** A problem of a rule. */
export interface Problem {
  readonly rule: string;
  readonly kind: ErrorKind;
  readonly text: string;
  readonly remedy: string | undefined;
}

/** The problems of rules: SQL that does not bind in the store, and channels that do not exist. Creates the store. */
export async function problemsOf(
  rules: readonly AlertRule[],
  { store }: AlertOptions,
  context: Context,
): Promise<Problem[]> {
  openForWriting(store).close();
  const channels = listChannels(store);
  const session = await openSession({ dir: store, signal: context.signal });
  const problems: Problem[] = [];
  try {
    for (const rule of rules) {
      problems.push(...channelProblems(rule, channels));
      try {
        const missing = await checkRule(session, rule, context.now() * 1000);
        for (const name of missing) await context.streams.err.write(missingNote(rule, name));
      } catch (error) {
        problems.push(problemOf(rule, error));
      }
    }
  } finally {
    session.close();
  }
  return problems;
}

function missingNote(rule: AlertRule, attribute: string): string {
  return visible(`warning: ${rule.name}: no event has "${attribute}" yet; it is NULL until one does`) + '\n';
}

function channelProblems(rule: AlertRule, channels: readonly StoredChannel[]): Problem[] {
  return [...new Set(channelsOf(rule))].flatMap(channel => {
    try {
      channelOf(channel, channels, rule.mayBePrivate);
      return [];
    } catch (error) {
      return [problemOf(rule, error)];
    }
  });
}

function problemOf({ name: rule }: AlertRule, error: unknown): Problem {
  if (!(error instanceof TelemetryError)) throw error;
  return { rule, kind: error.kind, text: messageOf(error).trim(), remedy: error.remedy };
}
