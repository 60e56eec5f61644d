import { TelemetryError } from '../../../core/errors.js';
import { readRules } from '../../../consumers/alerts/rule-file.js';
import type { AlertRule } from '../../../consumers/alerts/rule.js';
import { storeRules } from '../../../consumers/alerts/stored-rules.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { problemsOf } from './check-rules.js';
import { textOf } from './input.js';
import type { AlertOptions } from './options.js';
import { printResult } from './output.js';

/** Creates or replaces the rules of a file, all or none. */
export async function run(options: AlertOptions, context: Context): Promise<void> {
  const rules = await rulesOfFile(options, context);
  const [problem] = await problemsOf(rules, options, context);
  if (problem) {
    throw new TelemetryError(problem.kind, `nothing was imported: the alert rule "${problem.rule}": ${problem.text}`, {
      remedy: problem.remedy ?? `See all problems with \`telemetry alert check ${options.args[0]!}\`.`,
    });
  }
  const { created, replaced } = storeRules(options.store, rules, { now: context.now() * 1000, replaces: true });
  await printResult(options, context, {
    text: () => `created ${counted(created.length, 'rule')}, replaced ${replaced.length}\n`,
    json: { created, replaced },
  });
}

/** The rules of the file of a command. @throws TelemetryError `usage` */
export async function rulesOfFile(options: AlertOptions, context: Context): Promise<AlertRule[]> {
  const [file = ''] = options.args;
  const text = await textOf(file, context);
  return readRules(text, options, context.env);
}
