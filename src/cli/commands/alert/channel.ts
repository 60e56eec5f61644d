import { TelemetryError } from '../../../core/errors.js';
import { checkSetting } from '../../../consumers/alerts/notify/channel.js';
import { listChannels, removeChannel, storeChannel, withoutSecrets } from '../../../store/catalog/alert-channels.js';
import type { Context } from '../../shared/context.js';
import type { AlertOptions } from './options.js';
import { printResult, safe, tableText } from './output.js';

/** A name that no setting begins with. */
const NAME = /^[#@]?[\w.-]{1,64}$/;

/** Stores, lists or removes channels. */
export async function run(options: AlertOptions, context: Context): Promise<void> {
  const { store, args } = options;
  const [word, name = '', setting = ''] = args;
  if (word === 'list' && args.length === 1) return list(options, context);
  if (word === 'rm' && args.length === 2) {
    removeChannel(store, name);
    return printResult(options, context, {
      text: () => `removed the channel ${name}\n`,
      json: { name, removed: true },
    });
  }
  if (word !== 'set' || args.length !== 3) {
    throw new TelemetryError('usage', '`telemetry alert channel` takes set NAME SETTING, list, or rm NAME', {
      remedy: 'Write it like telemetry alert channel set ops slack:https://hooks.slack.com/services/...',
    });
  }
  if (!NAME.test(name)) {
    throw new TelemetryError('usage', `"${name}" is not a name for a channel`, {
      remedy: 'Use letters, digits, ".", "_" and "-", at most 64.',
    });
  }
  checkSetting(name, setting, options.allowsPrivateTargets);
  storeChannel(store, { name, setting, mayBePrivate: options.allowsPrivateTargets });
  await printResult(options, context, {
    text: () => safe(`stored the channel ${name}: ${withoutSecrets(setting)}`) + '\n',
    json: { name, setting: withoutSecrets(setting) },
  });
}

async function list(options: AlertOptions, context: Context): Promise<void> {
  const channels = listChannels(options.store).map(({ name, setting, mayBePrivate }) => ({
    name,
    setting: withoutSecrets(setting),
    allows_private_targets: mayBePrivate,
  }));
  await printResult(options, context, {
    text: () =>
      channels.length === 0
        ? 'no channels; store one with `telemetry alert channel set`\n'
        : tableText(
            ['name', 'setting'],
            channels.map(({ name, setting }) => [name, setting]),
            context,
          ),
    json: channels,
  });
}
