import { withoutSecrets } from '../../../store/catalog/alert-channels.js';
import { ruleOf } from '../../../consumers/alerts/rule.js';
import { storeRules } from '../../../consumers/alerts/stored-rules.js';
import { conditionText, timingText } from '../../../consumers/alerts/rule-text.js';
import type { Context } from '../../shared/context.js';
import { readSql } from '../../shared/sql-source.js';
import { problemsOf } from './check-rules.js';
import type { AlertOptions } from './options.js';
import { printResult, safe } from './output.js';
import { ruleJson } from './rule-json.js';
import { TelemetryError } from '../../../core/errors.js';

/** Creates a rule. @throws TelemetryError `usage` for a wrong rule, `sql` for SQL that does not bind, `failure`. */
export async function run(options: AlertOptions, context: Context): Promise<void> {
  const { store, fields, replaces, allowsPrivateTargets } = options;
  const { when } = fields;
  const sql = typeof when === 'string' ? { when: await readSql({ store, sql: when, file: undefined }, context) } : {};
  const rule = ruleOf({ name: options.args[0], ...fields, ...sql }, allowsPrivateTargets);
  const [problem] = await problemsOf([rule], options, context);
  if (problem)
    throw new TelemetryError(
      problem.kind,
      `the alert rule "${rule.name}": ${problem.text}`,
      problem.remedy === undefined ? {} : { remedy: problem.remedy },
    );
  const { replaced } = storeRules(store, [rule], { now: context.now() * 1000, replaces });
  const verb = replaced.length > 0 ? 'replaced' : 'created';
  const channels = rule.notify.map(withoutSecrets).join(', ');
  await printResult(options, context, {
    text: () =>
      safe(`${verb} ${rule.name}: ${conditionText(rule)}`) +
      `\n${timingText(rule)}, ${channels === '' ? 'no notifications' : safe(`notifies ${channels}`)}\n`,
    json: ruleJson(rule),
  });
}
