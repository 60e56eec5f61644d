import { TelemetryError } from '../../../core/errors.js';
import { listRules, ruleNamed } from '../../../consumers/alerts/stored-rules.js';
import { writeYaml } from '../../../consumers/alerts/rule-file.js';
import { fieldsWithoutSecrets } from '../../../store/catalog/alert-channels.js';
import type { Context } from '../../shared/context.js';
import type { AlertOptions } from './options.js';

/** Prints rules as a file that `alert import` takes: YAML, or JSON with --format json. */
export async function run(options: AlertOptions, { streams }: Context): Promise<void> {
  const { store, args, showsSecrets, format } = options;
  const rules = args.length === 0 ? listRules(store) : args.map(name => ruleNamed(store, name));
  const document = { rules: rules.map(({ fields }) => (showsSecrets ? fields : fieldsWithoutSecrets(fields))) };
  if (format !== undefined && format !== 'json') {
    throw new TelemetryError('usage', '`telemetry alert export` prints YAML, or JSON with --format json');
  }
  const text = format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : await writeYaml(document);
  await streams.out.write(text);
  if (!showsSecrets && text.includes('***')) {
    await streams.err.write('secrets of channels are printed as ***; --show-secrets prints them\n');
  }
}
