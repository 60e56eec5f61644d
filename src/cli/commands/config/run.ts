import { render } from '../../../render/formats.js';
import { SETTING_KEYS, SETTINGS } from '../../config/settings.js';
import type { Setting } from '../../config/setting.js';
import type { SettingKey } from '../../config/settings.js';
import type { Origin } from '../../config/resolve.js';
import type { Context } from '../../shared/context.js';
import { columnsOf, printReport, resultOf } from '../../shared/report.js';
import type { ConfigOptions } from './options.js';

interface Line {
  readonly key: SettingKey;
  readonly value: unknown;
  readonly origin: Origin;
}

/**
 * Prints each setting, its value and its source.
 * @throws TelemetryError `usage` for an invalid value.
 */
export async function run({ format }: ConfigOptions, { settings, streams, signal }: Context): Promise<void> {
  const lines = SETTING_KEYS.map((key): Line => {
    const value = settings.get(key);
    const definition = SETTINGS[key] as Setting<unknown>;
    const printable = value === undefined ? value : definition.secret ? '***' : (definition.shown?.(value) ?? value);
    return { key, value: printable, origin: settings.origin(key) };
  });
  const { columns, color } = streams;
  const rows = () => rowsOf(lines);
  await printReport(
    format,
    { streams, signal },
    {
      table: () => render('table', rows(), text => streams.out.write(text), { columns, color }),
      json: jsonOf(lines),
      isIndented: true,
      rows,
    },
  );
}

/** `{"port":{"value":9000,"from":"variable","name":"TELEMETRY_PORT"}, ...}` */
function jsonOf(lines: readonly Line[]): unknown {
  const entries = lines.map(({ key, value, origin }) => [
    key,
    { value: value ?? null, from: origin.kind, ...(origin.name === '' ? {} : { name: origin.name }) },
  ]);
  return Object.fromEntries(entries);
}

function rowsOf(lines: readonly Line[]): ReturnType<typeof resultOf> {
  return resultOf(
    columnsOf(['setting', 'value', 'from']),
    lines.map(({ key, value, origin }) => [key, shown(key, value), `${origin.kind} ${origin.name}`.trim()]),
  );
}

/** A value for people; in words when nothing is set. */
function shown(key: SettingKey, value: unknown): string {
  const { fallbackText } = SETTINGS[key] as Setting<unknown>;
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : (fallbackText ?? '');
  return typeof value === 'string' ? value : value === undefined ? (fallbackText ?? '') : JSON.stringify(value);
}
