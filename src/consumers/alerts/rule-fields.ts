import { parseDuration } from '../../core/duration.js';
import { messageOf, TelemetryError, type ErrorDetails } from '../../core/errors.js';
import { fieldsWithoutSecrets } from '../../store/catalog/alert-channels.js';

/** The fields of a rule, read one by one. Errors name the rule and the field. */
export class RuleFields {
  readonly given: Readonly<Record<string, unknown>>;

  /** @throws TelemetryError `usage` for anything but an object with the known keys. */
  constructor(given: unknown, known: readonly string[]) {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw new TelemetryError('usage', `an alert rule is an object with fields, not ${JSON.stringify(given)}`);
    }
    const entries = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
    this.given = Object.fromEntries(entries);
    const unknown = entries.map(([key]) => key).find(key => !known.includes(key));
    if (unknown !== undefined) {
      throw this.error(`has the unknown field ${unknown}`, { remedy: `Fields are ${known.join(', ')}.` });
    }
  }

  has(key: string): boolean {
    return Object.hasOwn(this.given, key);
  }

  text(key: string): string | undefined {
    const value = this.given[key];
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw this.wrong(key, 'a text');
  }

  number(key: string): number | undefined {
    const value = this.given[key];
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    throw this.wrong(key, 'a number');
  }

  flag(key: string): boolean {
    const value = this.given[key];
    if (value === undefined || typeof value === 'boolean') return value === true;
    throw this.wrong(key, 'true or false');
  }

  /** In milliseconds. */
  duration(key: string): number | undefined {
    const value = this.given[key];
    if (value === undefined) return undefined;
    if (value === 0 || value === '0') return 0;
    try {
      return parseDuration(typeof value === 'string' ? value : JSON.stringify(value));
    } catch (error) {
      const remedy = error instanceof TelemetryError ? error.remedy : undefined;
      throw this.error(`has a wrong ${key}: ${messageOf(error)}`, remedy === undefined ? {} : { remedy });
    }
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    const found = choices.find(choice => choice === value.toLowerCase());
    if (found !== undefined) return found;
    throw this.wrong(key, `one of ${choices.join(', ')}`);
  }

  /** A list of texts, or one text, by default with commas between. */
  list(key: string, splits = true): string[] | undefined {
    const value = this.given[key];
    if (value === undefined) return undefined;
    if (key === 'escalate' && typeof value === 'object' && !Array.isArray(value)) {
      return Object.entries(value!).map(([after, channel]) => `${after}=${String(channel)}`);
    }
    const items = Array.isArray(value) ? (value as unknown[]) : [value];
    if (items.some(item => typeof item !== 'string')) throw this.wrong(key, 'a list of texts');
    return (items as string[])
      .flatMap(item => (splits ? item.split(',') : [item]))
      .map(item => item.trim())
      .filter(item => item !== '');
  }

  labels(key: string): Record<string, string> {
    const value = this.given[key] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) throw this.wrong(key, 'an object of texts');
    return Object.fromEntries(
      Object.entries(value).map(([name, label]) => [name, typeof label === 'string' ? label : JSON.stringify(label)]),
    );
  }

  /** @throws TelemetryError `usage` when one of the fields is given. */
  refuse(keys: readonly string[], withField: string): void {
    const extra = keys.find(key => this.has(key));
    if (extra !== undefined) throw this.error(`has ${extra}, which does not go together with ${withField}`);
  }

  wrong(key: string, wanted: string): TelemetryError {
    const shown = fieldsWithoutSecrets(this.given)[key];
    return this.error(`has a wrong ${key}: ${JSON.stringify(shown)} is not ${wanted}`);
  }

  error(problem: string, details: ErrorDetails = {}): TelemetryError {
    const name = typeof this.given.name === 'string' ? ` "${this.given.name}"` : '';
    return new TelemetryError('usage', `the alert rule${name} ${problem}`, details);
  }
}
