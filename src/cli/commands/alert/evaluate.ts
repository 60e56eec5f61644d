import { StoreLedger } from '../../../consumers/alerts/ledger.js';
import type { Step } from '../../../consumers/alerts/lifecycle.js';
import { groupText } from '../../../consumers/alerts/message.js';
import { Outbox, type Delivered } from '../../../consumers/alerts/notify/outbox.js';
import { evaluateAt } from '../../../consumers/alerts/schedule.js';
import { listRules, ruleNamed, ruleStates } from '../../../consumers/alerts/stored-rules.js';
import { stateOf } from '../../../consumers/alerts/explain.js';
import { openSession } from '../../../query/session.js';
import { openForWriting } from '../../../store/database/store.js';
import { counted } from '../../shared/count.js';
import type { Context } from '../../shared/context.js';
import type { AlertOptions } from './options.js';
import { printResult, safe } from './output.js';

/** Evaluates rules now, without a server, and sends the notifications that are due. */
export async function run(options: AlertOptions, context: Context): Promise<void> {
  const { store, args, sendsNone } = options;
  const rules = args.length === 0 ? listRules(store) : args.map(name => ruleNamed(store, name));
  const clock = { now: () => context.now() * 1000 };
  const db = openForWriting(store);
  try {
    const ledger = new StoreLedger(db);
    const session = await openSession({ dir: store, signal: context.signal });
    const steps: (Step | undefined)[] = [];
    try {
      for (const rule of rules) steps.push(await evaluateAt(rule, clock.now(), { session, ledger, clock }));
    } finally {
      session.close();
    }
    const delivered = sendsNone ? undefined : await new Outbox(db, clock).deliver(context.signal);
    const states = ruleStates(store, rules, clock.now());
    const results = states.map(({ rule, progress, alerts }, i) => ({
      rule: rule.name,
      state: stateOf(alerts, progress),
      error: progress.error,
      changes: (steps[i]?.history ?? []).map(({ alert, change }) => ({
        alert,
        change,
        group: groupOf(steps[i], alert),
      })),
    }));
    const text = (): string =>
      results
        .flatMap(({ rule, state, changes, error }) => [
          `${rule}: ${state}${error === null ? '' : `: ${error.split('\n', 1)[0]!}`}`,
          ...changes.map(({ alert, change, group }) => `  alert ${alert}${groupText(group)}: ${change}`),
        ])
        .map(line => `${safe(line)}\n`)
        .join('') + (delivered ? deliveredText(delivered) : '');
    await printResult(options, context, { text, json: { rules: results, notifications: delivered ?? null } });
  } finally {
    db.close();
  }
}

function groupOf(step: Step | undefined, id: number | null): unknown {
  return JSON.parse(step?.alerts.find(alert => alert.id === id)?.group ?? '{}');
}

function deliveredText({ sent, delayed, failed }: Delivered): string {
  const parts = [
    ...(sent > 0 ? [`sent ${counted(sent, 'notification')}`] : []),
    ...(delayed > 0 ? [`${counted(delayed, 'notification')} will be tried again`] : []),
    ...(failed > 0 ? [`${counted(failed, 'notification')} failed`] : []),
  ];
  return parts.length === 0 ? '' : `${parts.join(', ')}\n`;
}
