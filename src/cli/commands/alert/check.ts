import { TelemetryError } from '../../../core/errors.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { problemsOf } from './check-rules.js';
import { rulesOfFile } from './import.js';
import type { AlertOptions } from './options.js';
import { printResult, safe } from './output.js';

/** Checks the rules of a file: SQL binds, channels exist. @throws TelemetryError `failure` when one is wrong. */
export async function run(options: AlertOptions, context: Context): Promise<void> {
  const [file = ''] = options.args;
  const rules = await rulesOfFile(options, context).catch((error: unknown) => {
    // A file of rules that cannot be read as such is a finding, and no mistake on the command line.
    if (error instanceof TelemetryError && !error.message.startsWith('cannot read')) {
      throw new TelemetryError(
        'failure',
        `${file}: ${error.message}`,
        error.remedy === undefined ? {} : { remedy: error.remedy },
      );
    }
    throw error;
  });
  const problems = await problemsOf(rules, options, context);
  await printResult(options, context, {
    text: () => problems.map(({ rule, text }) => `${safe(rule)}: ${text}\n`).join(''),
    json: problems.map(({ rule, text, remedy }) => ({ rule, problem: text, remedy: remedy ?? null })),
  });
  const summary = `${counted(rules.length, 'rule')} in ${file}`;
  if (problems.length > 0) throw new TelemetryError('failure', `${summary}: ${counted(problems.length, 'problem')}`);
  await context.streams.err.write(`${summary}: all valid\n`);
}
