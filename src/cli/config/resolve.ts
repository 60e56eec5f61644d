import type { SettingKey, SettingValue } from './settings.js';

/** The flags of a command as commander gives them: only those that were given. */
export type Flags = Readonly<Record<string, unknown>>;

/** Where a value came from, as `telemetry config` prints it. */
export interface Origin {
  readonly kind: 'flag' | 'variable' | 'project' | 'user' | 'default';
  /** The flag, the variable or the file; empty for a default. */
  readonly name: string;
}

/** Every setting, looked up in order: flag, variable, project file, user file, default. */
export interface Settings {
  /**
   * A setting's value. Only what is asked for is checked, so that a stray variable breaks no command that does not use it.
   * @throws TelemetryError `usage` naming the place that holds an unfit value.
   */
  get<K extends SettingKey>(key: K): SettingValue<K>;
  origin(key: SettingKey): Origin;
}
