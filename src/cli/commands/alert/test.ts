import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { durationText } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import { parseDocument, readRules, rulesOf } from '../../../consumers/alerts/rule-file.js';
import type { AlertRule } from '../../../consumers/alerts/rule.js';
import { checkConditions } from '../../../consumers/alerts/check-rule.js';
import { runTest, type Mismatch } from '../../../consumers/alerts/run-test.js';
import { testFileOf, type AlertTest, type TestFile } from '../../../consumers/alerts/test-file.js';
import { openSession, type Session } from '../../../query/session.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { diffText } from './diff.js';
import { textOf } from './input.js';
import type { AlertOptions } from './options.js';
import { printResult, safe } from './output.js';
import { openTestJournal } from './test-journal.js';

/** Channels of tests are never used: the rules of a file may name any. */
const ALL_ALLOWED = { allowsExec: true, allowsPrivateTargets: true };

interface Tested {
  readonly file: string;
  readonly test: string;
  readonly mismatches: readonly Mismatch[];
}

/** Runs the tests of files. @throws TelemetryError `failure` when an expectation is not met, after all were printed. */
export async function run(options: AlertOptions, context: Context): Promise<void> {
  const tested: Tested[] = [];
  for (const file of options.args) {
    const parsed = testFileOf(await parseDocument(await textOf(file, context)));
    const rules = await rulesFor(parsed, file, context);
    for (const test of parsed.tests) {
      tested.push({ file, test: test.name, mismatches: await runInStore(test, rules, context) });
    }
  }
  const failed = tested.filter(({ mismatches }) => mismatches.length > 0);
  await printResult(options, context, {
    text: () => tested.map(one => resultText(one, context.streams.color)).join(''),
    json: tested.map(({ mismatches, ...one }) => ({
      ...one,
      passed: mismatches.length === 0,
      failures: mismatches.map(failureJson),
    })),
  });
  if (failed.length > 0)
    throw new TelemetryError('failure', `${failed.length} of ${counted(tested.length, 'test')} failed`);
  await context.streams.err.write(`${counted(tested.length, 'test')} passed\n`);
}

async function rulesFor({ rules, ruleFiles }: TestFile, file: string, context: Context): Promise<AlertRule[]> {
  const folder = file === '-' ? context.cwd : dirname(resolve(context.cwd, file));
  // A test needs no secrets.
  const env = new Proxy({}, { get: () => '' });
  const found = rules === undefined ? [] : rulesOf(rules, ALL_ALLOWED, env);
  for (const path of ruleFiles) {
    found.push(...(await readRules(await textOf(resolve(folder, path), context), ALL_ALLOWED, env)));
  }
  if (found.length > 0) return found;
  throw new TelemetryError('usage', `${file} has no rules to test`, { remedy: 'Add rules or rule_files.' });
}

async function runInStore(test: AlertTest, rules: readonly AlertRule[], context: Context): Promise<Mismatch[]> {
  const dir = mkdtempSync(join(tmpdir(), 'telemetry-alert-test-'));
  const journal = openTestJournal(dir);
  try {
    const session = await openSession({ dir, signal: context.signal });
    try {
      for (const rule of rules) await checkInTest(session, rule, test.start);
      return await runTest(test, rules, { session, append: journal.append });
    } finally {
      session.close();
    }
  } finally {
    journal.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** @throws TelemetryError `sql`, naming the rule, for a condition that is not one expression. */
async function checkInTest(session: Session, rule: AlertRule, at: number): Promise<void> {
  await checkConditions(session, rule, at).catch((error: unknown) => {
    if (!(error instanceof TelemetryError) || error.kind !== 'sql') throw error;
    const remedy = error.remedy === undefined ? {} : { remedy: error.remedy };
    throw new TelemetryError('sql', `the alert rule "${rule.name}": ${error.message}`, { ...remedy, cause: error });
  });
}

function failureJson({ offset, rule, compared, error, expected, actual }: Mismatch): Record<string, unknown> {
  return { at: offsetText(offset), rule, compared, error, expected, actual };
}

function resultText({ test, mismatches }: Tested, color: boolean): string {
  const head = `${mismatches.length === 0 ? 'ok' : 'FAILED'}  ${safe(test)}\n`;
  const details = mismatches.map(
    ({ offset, rule, compared, error, expected, actual }) =>
      `  at ${offsetText(offset)}, ${safe(rule)}: ${compared} (- expected, + actual)\n` +
      `${diffText(expected, actual, color)}${error === null ? '' : `    its evaluation fails: ${safe(firstLine(error))}\n`}`,
  );
  return `${head}${details.join('')}`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

function offsetText(micros: number): string {
  return durationText(micros / 1000);
}
