import { codeOf, messageOf, TelemetryError } from '../../core/errors.js';
import { fieldsOfClassicRule, isClassicRule } from './classic-rule.js';
import { ruleOf, type AlertRule } from './rule.js';

/** The code of the parser's error for a key that an object has twice. */
const DUPLICATE_KEY = 'DUPLICATE_KEY';

/** The permissions that a user gives for rules of a file. */
export interface Permissions {
  readonly allowsExec: boolean;
  readonly allowsPrivateTargets: boolean;
}

/**
 * Reads rules from the text of a file: JSON or YAML, one rule, a list, or `{rules: [...]}`. `${NAME}` in channels is
 * replaced by an environment variable, so that no secret need be in the file.
 * @throws TelemetryError `usage`, naming the rule.
 */
export async function readRules(
  text: string,
  permissions: Permissions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<AlertRule[]> {
  return rulesOf(await parseDocument(text), permissions, env);
}

/** Makes rules of a parsed document: see {@link readRules}. */
export function rulesOf(
  document: unknown,
  { allowsExec, allowsPrivateTargets }: Permissions,
  env: Readonly<Record<string, string | undefined>>,
): AlertRule[] {
  const rules = listOf(document).map(item => {
    const fields = isClassicRule(item) ? fieldsOfClassicRule(item as object) : item;
    return ruleOf(withVariables(fields, env), allowsPrivateTargets);
  });
  const names = rules.map(({ name }) => name.toLowerCase());
  const twice = rules.find(({ name }, i) => names.indexOf(name.toLowerCase()) !== i);
  if (twice) throw new TelemetryError('usage', `two rules have the name "${twice.name}"`);
  const exec = allowsExec
    ? undefined
    : rules.find(rule => channelsOf(rule).some(channel => channel.startsWith('exec:')));
  if (exec) {
    throw new TelemetryError('usage', `the alert rule "${exec.name}" runs a command`, {
      remedy: 'Read the command, then import the file with --allow-exec.',
    });
  }
  return rules;
}

/** The channels that a rule names, those of escalations included. */
export function channelsOf({ notify, escalate }: AlertRule): string[] {
  return [...notify, ...escalate.map(({ channel }) => channel)];
}

function listOf(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  if (typeof document === 'object' && document !== null && 'rules' in document) {
    const { rules, ...others } = document;
    const unknown = Object.keys(others)[0];
    if (unknown !== undefined)
      throw new TelemetryError('usage', `a file of rules has the unknown key ${unknown} next to rules`);
    if (Array.isArray(rules)) return rules;
    throw new TelemetryError('usage', 'rules is not a list');
  }
  if (typeof document === 'object' && document !== null) return [document];
  throw new TelemetryError('usage', 'the file holds no alert rules', {
    remedy: 'Write one rule, a list, or {rules: [...]}.',
  });
}

/** Puts environment variables into the channels of a rule. */
function withVariables(fields: unknown, env: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof fields !== 'object' || fields === null) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]: [string, unknown]) => [
      key,
      key === 'notify' || key === 'escalate' ? inTexts(value, text => expanded(text, env)) : value,
    ]),
  );
}

function inTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map(item => inTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inTexts(item, change)]));
}

function expanded(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = env[name];
    if (value !== undefined) return value;
    throw new TelemetryError('usage', `a channel names the environment variable ${name}, which is not set`);
  });
}

/** Parses JSON or YAML. A key that an object has twice is an error: one of its values would be lost. @throws TelemetryError `usage` */
export async function parseDocument(text: string): Promise<unknown> {
  const json = /^\s*[[{]/.test(text) ? parsedJson(text) : undefined;
  if (json !== undefined) {
    await refuseDuplicateKeys(text);
    return json;
  }
  // `<<` is of YAML 1.1 only, but rules with common fields use it everywhere.
  const { parse } = await yaml();
  try {
    return parse(text, { merge: true }) as unknown;
  } catch (error) {
    if (codeOf(error) === DUPLICATE_KEY) throw keyTwice(error);
    throw new TelemetryError('usage', `neither JSON nor YAML: ${messageOf(error).trim()}`, { cause: error });
  }
}

/** The value of JSON text; undefined for a flow collection of YAML, which begins in the same way. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** JSON is YAML, whose parser knows the place of each key. @throws TelemetryError `usage` */
async function refuseDuplicateKeys(text: string): Promise<void> {
  const { parseDocument: parse } = await yaml();
  const error = parse(text, { uniqueKeys: true }).errors.find(({ code }) => code === DUPLICATE_KEY);
  if (error) throw keyTwice(error);
}

function keyTwice(error: unknown): TelemetryError {
  return new TelemetryError('usage', `an object has a key twice: ${messageOf(error).trim()}`, {
    remedy: 'Remove one of the two.',
    cause: error,
  });
}

/** YAML text of rules, for `alert export`. */
export async function writeYaml(document: unknown): Promise<string> {
  const { stringify } = await yaml();
  return stringify(document, { lineWidth: 0 });
}

type Yaml = typeof import('yaml');

/** The package is CommonJS: in a bundle, only its default export is sure to be there. */
async function yaml(): Promise<Yaml> {
  const module: Yaml & { readonly default?: Yaml } = await import('yaml');
  return module.default ?? module;
}
