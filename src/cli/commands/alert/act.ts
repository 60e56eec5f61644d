import { userInfo } from 'node:os';
import { TelemetryError } from '../../../core/errors.js';
import type { Action, ActionDetails } from '../../../consumers/alerts/actions.js';
import { actOn, muteRule, removeRule, ruleNamed } from '../../../consumers/alerts/stored-rules.js';
import type { Context } from '../../shared/context.js';
import type { AlertOptions } from './options.js';
import { printResult, safe, timeOf } from './output.js';
import { alertJson } from './rule-json.js';

/** Acknowledges, assigns, notes, resolves or mutes, or removes a rule. */
export async function run(options: AlertOptions, context: Context): Promise<void> {
  const { action, store, args } = options;
  const until = options.until ?? null;
  const [target = ''] = args;
  const details: ActionDetails = {
    by: options.by ?? userInfo().username,
    at: context.now() * 1000,
    note: action === 'note' ? args[1]! : (options.note ?? null),
    labels: options.labels,
  };
  if (action === 'rm') {
    const { name } = ruleNamed(store, target);
    removeRule(store, name);
    return printResult(options, context, {
      text: () => safe(`removed ${name} with its alerts and history`) + '\n',
      json: { name, removed: true },
    });
  }
  if (action === 'mute' || action === 'unmute') return mute(options, context, details);
  const changed = actOn(store, target, actionOf(options), details);
  await printResult(options, context, {
    text: () =>
      changed.alerts
        .map(
          alert =>
            safe(`${DONE[action] ?? ''} alert ${alert.id} of ${changed.rule}`) +
            untilText(action === 'ack' ? until : null),
        )
        .map(line => `${line}\n`)
        .join(''),
    json: changed.alerts.map(alert => alertJson(changed.rule, alert)),
  });
}

const DONE: Readonly<Record<string, string>> = {
  ack: 'acknowledged',
  unack: 'took back the acknowledgement of',
  assign: 'assigned',
  note: 'noted on',
  resolve: 'resolved',
};

function actionOf({ action, args, until }: AlertOptions): Action {
  switch (action) {
    case 'ack':
      return { kind: 'ack', until: until ?? null };
    case 'assign':
      return { kind: 'assign', to: args[1]! };
    case 'unack':
    case 'note':
    case 'resolve':
      return { kind: action };
    default:
      throw new TelemetryError('usage', `alerts have no action ${action}`);
  }
}

/** The end of a mute without an end: the latest time that the store keeps, in the year 2255. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;

async function mute(options: AlertOptions, context: Context, details: ActionDetails): Promise<void> {
  const { store, action, until = FOR_EVER } = options;
  const { name } = ruleNamed(store, options.args[0]!);
  const end = action === 'mute' ? until : null;
  muteRule(store, name, end, details);
  await printResult(options, context, {
    text: () => safe(`${action}d ${name}`) + untilText(options.until ?? null) + '\n',
    json: { name, muted_until: timeOf(end) },
  });
}

function untilText(until: number | null): string {
  return until === null ? '' : ` until ${new Date(until / 1000).toISOString()}`;
}
