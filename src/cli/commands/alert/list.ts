import { stateOf } from '../../../consumers/alerts/explain.js';
import { groupText } from '../../../consumers/alerts/message.js';
import { conditionText } from '../../../consumers/alerts/rule-text.js';
import { listRules, ruleStates } from '../../../consumers/alerts/stored-rules.js';
import { isOpen } from '../../../store/catalog/alerts.js';
import type { Context } from '../../shared/context.js';
import type { AlertOptions } from './options.js';
import { localTime, printResult, tableText } from './output.js';
import { alertJson, stateJson, statusOf } from './rule-json.js';

/** Lists rules with their states, and open alerts. */
export async function run(options: AlertOptions, context: Context): Promise<void> {
  const now = context.now() * 1000;
  const states = ruleStates(options.store, listRules(options.store), now);
  const open = states.flatMap(({ rule, alerts }) => alerts.filter(isOpen).map(alert => ({ rule, alert })));
  const text = async (): Promise<string> => {
    if (states.length === 0) return 'no alert rules; create one with `telemetry alert create`\n';
    const rules = await tableText(
      ['name', 'state', 'severity', 'condition', 'evaluated'],
      states.map(({ rule, alerts, progress }) => [
        rule.name,
        `${stateOf(alerts, progress)}${progress.mutedUntil !== null && progress.mutedUntil > now ? ' (muted)' : ''}`,
        rule.severity,
        conditionText(rule),
        localTime(progress.evaluatedAt),
      ]),
      context,
    );
    if (open.length === 0) return rules;
    const alerts = await tableText(
      ['id', 'rule', 'status', 'value', 'since', 'assignee', 'note'],
      open.map(({ rule, alert }) => [
        String(alert.id),
        `${rule.name}${groupText(JSON.parse(alert.group))}`,
        statusOf(alert),
        alert.value === null ? '' : String(alert.value),
        localTime(alert.firedAt ?? alert.startedAt),
        alert.assignee ?? '',
        alert.note ?? '',
      ]),
      context,
    );
    return `${rules}${alerts}`;
  };
  const json = states.map(state => ({
    ...stateJson(state, now),
    alerts: state.alerts.filter(isOpen).map(alert => alertJson(state.rule.name, alert)),
  }));
  await printResult(options, context, { text, json });
}
