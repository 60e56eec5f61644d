import { TelemetryError } from '../../../core/errors.js';
import { listRules, ruleNamed } from '../../../consumers/alerts/stored-rules.js';
import { writeYaml } from '../../../consumers/alerts/rule-file.js';
import { withoutSecrets } from '../../../store/catalog/alert-channels.js';
import type { Context } from '../../shared/context.js';
import type { AlertOptions } from './options.js';

/** Prints rules as a file that `alert import` takes: YAML, or JSON with --format json. */
export async function run(options: AlertOptions, { streams }: Context): Promise<void> {
  const { store, args, showsSecrets, format } = options;
  const rules = args.length === 0 ? listRules(store) : args.map(name => ruleNamed(store, name));
  const hide = (value: unknown): unknown => {
    if (typeof value === 'string')
      return showsSecrets
        ? value
        : value.replace(
            /^([\w.]+=)?(.*)$/s,
            (_, before = '', setting: string) => `${before}${withoutSecrets(setting)}`,
          );
    if (Array.isArray(value)) return value.map(hide);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hide(item)]));
  };
  const document = {
    rules: rules.map(({ fields }) =>
      Object.fromEntries(
        Object.entries(fields).map(([key, value]) => [
          key,
          key === 'notify' || key === 'escalate' ? hide(value) : value,
        ]),
      ),
    ),
  };
  if (format !== undefined && format !== 'json') {
    throw new TelemetryError('usage', '`telemetry alert export` prints YAML, or JSON with --format json');
  }
  const text = format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : await writeYaml(document);
  await streams.out.write(text);
  if (!showsSecrets && text.includes('***')) {
    await streams.err.write('secrets of channels are printed as ***; --show-secrets prints them\n');
  }
}
