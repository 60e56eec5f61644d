import type { Result } from '../../../core/result.js';
import { render } from '../../../render/formats.js';
import { SETTING_KEYS, SETTINGS } from '../../config/settings.js';
import type { Setting } from '../../config/setting.js';
import type { SettingKey } from '../../config/settings.js';
import type { Origin } from '../../config/resolve.js';
import type { Context } from '../../context.js';
import type { ConfigOptions } from './command.js';

interface Line {
  readonly key: SettingKey;
  readonly value: unknown;
  readonly origin: Origin;
}

/**
 * Prints every setting, its value and its origin.
 * @throws TelemetryError `usage` when one is unfit, as it would be for the command that uses it.
 */
export async function run({ format }: ConfigOptions, { settings, streams }: Context): Promise<void> {
  const lines = SETTING_KEYS.map((key): Line => {
    const value = settings.get(key);
    const definition = SETTINGS[key] as Setting<unknown>;
    const printable = value === undefined ? value : definition.secret ? '***' : (definition.shown?.(value) ?? value);
    return { key, value: printable, origin: settings.origin(key) };
  });
  if (format === 'json') {
    await streams.out.write(jsonText(lines));
  } else {
    const { columns, color } = streams;
    await render('table', tableOf(lines), text => streams.out.write(text), { columns, color });
  }
}

/** `{"port":{"value":9000,"from":"variable","name":"TELEMETRY_PORT"}, ...}` */
function jsonText(lines: readonly Line[]): string {
  const entries = lines.map(({ key, value, origin }) => [
    key,
    { value: value ?? null, from: origin.kind, ...(origin.name === '' ? {} : { name: origin.name }) },
  ]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

function tableOf(lines: readonly Line[]): Result {
  const names = ['setting', 'value', 'from'];
  const rows = lines.map(({ key, value, origin }) => [key, shown(key, value), `${origin.kind} ${origin.name}`.trim()]);
  return {
    columns: names.map(name => ({ name, type: 'VARCHAR', kind: 'text' })),
    batches: (async function* () {
      yield await Promise.resolve(rows);
    })(),
  };
}

/** A value as a person reads it; nothing set is said in words. */
function shown(key: SettingKey, value: unknown): string {
  const { fallbackText } = SETTINGS[key] as Setting<unknown>;
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : (fallbackText ?? '');
  return typeof value === 'string' ? value : value === undefined ? (fallbackText ?? '') : JSON.stringify(value);
}
