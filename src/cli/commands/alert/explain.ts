import { evaluateRule } from '../../../consumers/alerts/evaluate.js';
import { explainRule } from '../../../consumers/alerts/explain.js';
import { ruleNamed, ruleStates } from '../../../consumers/alerts/stored-rules.js';
import { openSession } from '../../../query/session.js';
import type { Context } from '../../shared/context.js';
import type { AlertOptions } from './options.js';
import { printResult, safe } from './output.js';

/** Says why a rule fires or does not, by an evaluation that changes nothing. */
export async function run(options: AlertOptions, context: Context): Promise<void> {
  const { store } = options;
  const now = context.now() * 1000;
  const [state] = ruleStates(store, [ruleNamed(store, options.args[0]!)], now);
  const session = await openSession({ dir: store, signal: context.signal });
  try {
    const { rule, progress } = state!;
    const evaluation = await evaluateRule(session, rule, { at: now, since: progress.cursor });
    const explanation = explainRule({ ...state!, evaluation, now });
    await printResult(options, context, {
      text: () =>
        `${[`${explanation.rule}: ${explanation.state}`, ...explanation.reasons.map(reason => `  ${reason}`)].map(safe).join('\n')}\n`,
      json: explanation,
    });
  } finally {
    session.close();
  }
}
