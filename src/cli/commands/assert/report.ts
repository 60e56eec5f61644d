import type { TelemetryError } from '../../../core/errors.js';
import type { ShownRows, Verdict } from '../../../consumers/assert/judge.js';
import { render, type Write } from '../../../render/formats.js';
import { resultOf } from '../../shared/report.js';
import type { Streams } from '../../shared/streams.js';
import type { AssertFormat } from './options.js';

/** The outcome of an assertion: a verdict, or the error that kept it from being judged. */
export interface Outcome {
  readonly name: string;
  readonly verdict?: Verdict | undefined;
  readonly error?: TelemetryError | undefined;
  readonly seconds: number;
}

/** Prints outcomes in a format. @param suite the name that JUnit XML gives to all of them. */
export async function printOutcomes(
  format: AssertFormat,
  suite: string,
  outcomes: readonly Outcome[],
  { out, columns, color }: Pick<Streams, 'out' | 'columns' | 'color'>,
): Promise<void> {
  const write = (text: string): Promise<void> => out.write(text);
  switch (format) {
    case 'text':
      return printText(outcomes, write, { columns, color });
    case 'json':
      return write(`${JSON.stringify(await Promise.all(outcomes.map(outcomeJson)), null, 2)}\n`);
    case 'tap':
      return write(await tapText(outcomes));
    case 'junit':
      return write(await junitText(suite, outcomes));
  }
}

/** Prints a line for each outcome, and the rows that broke it. */
export async function printText(
  outcomes: readonly Outcome[],
  write: Write,
  style: { readonly columns: number | undefined; readonly color: boolean },
): Promise<void> {
  for (const { name, verdict, error } of outcomes) {
    const problem = problemOf({ verdict, error });
    await write(problem === undefined ? `ok: ${name}\n` : `not ok: ${name}: ${problem}\n`);
    if (!verdict?.shown) continue;
    await render('table', resultOf(verdict.shown.columns, verdict.shown.rows), write, { ...style, footer: false });
    if (verdict.shown.isCut) await write('... and more rows\n');
  }
}

function problemOf({ verdict, error }: Pick<Outcome, 'verdict' | 'error'>): string | undefined {
  if (error) return error.remedy === undefined ? error.message : `${error.message}\n${error.remedy}`;
  return verdict?.isTrue ? undefined : verdict?.reason;
}

/** The outcome for programs. */
async function outcomeJson({ name, verdict, error, seconds }: Outcome): Promise<unknown> {
  return {
    name,
    ok: verdict?.isTrue ?? false,
    seconds: Number(seconds.toFixed(3)),
    ...(error && { error: error.message, kind: error.kind }),
    ...(verdict && !verdict.isTrue && { reason: verdict.reason, rows: await jsonLines(verdict.shown) }),
  };
}

/** The rows as objects. */
async function jsonLines(shown: ShownRows | undefined): Promise<unknown[]> {
  const text = await rowsText(shown);
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as unknown);
}

/** The rows as NDJSON. */
async function rowsText(shown: ShownRows | undefined): Promise<string> {
  if (!shown) return '';
  let text = '';
  const write: Write = part => {
    text += part;
    return Promise.resolve();
  };
  await render('ndjson', resultOf(shown.columns, shown.rows), write, { color: false });
  return text;
}

/** TAP version 14 (https://testanything.org/tap-version-14-specification.html). */
async function tapText(outcomes: readonly Outcome[]): Promise<string> {
  const points = await Promise.all(
    outcomes.map(async (outcome, i) => {
      const problem = problemOf(outcome);
      const description = outcome.name.replace(/[\\#]/g, '\\$&').replace(/\s+/g, ' ');
      if (problem === undefined) return `ok ${i + 1} - ${description}\n`;
      const rows = await rowsText(outcome.verdict?.shown);
      const block = [
        `message: ${JSON.stringify(problem)}`,
        `severity: ${outcome.error ? 'error' : 'fail'}`,
        ...(rows === ''
          ? []
          : [
              'rows:',
              ...rows
                .trimEnd()
                .split('\n')
                .map(row => `  - ${row}`),
            ]),
      ];
      return `not ok ${i + 1} - ${description}\n  ---\n${block.map(line => `  ${line}\n`).join('')}  ...\n`;
    }),
  );
  return `TAP version 14\n1..${outcomes.length}\n${points.join('')}`;
}

/** JUnit XML in the form that CI systems read (https://github.com/testmoapp/junitxml). */
async function junitText(suite: string, outcomes: readonly Outcome[]): Promise<string> {
  const failures = outcomes.filter(({ verdict }) => verdict && !verdict.isTrue).length;
  const errors = outcomes.filter(({ error }) => error).length;
  const time = outcomes.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3);
  const totals = `tests="${outcomes.length}" failures="${failures}" errors="${errors}" time="${time}"`;
  const cases = await Promise.all(
    outcomes.map(async outcome => {
      const problem = problemOf(outcome);
      const head = `    <testcase name="${xml(outcome.name)}" classname="${xml(suite)}" time="${outcome.seconds.toFixed(3)}"`;
      if (problem === undefined) return `${head}/>\n`;
      const tag = outcome.error ? 'error' : 'failure';
      const rows = xml(await rowsText(outcome.verdict?.shown));
      return `${head}>\n      <${tag} message="${xml(problem)}">${rows}</${tag}>\n    </testcase>\n`;
    }),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${totals}>\n  <testsuite name="${xml(suite)}" ${totals}>\n${cases.join('')}  </testsuite>\n</testsuites>\n`;
}

const XML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** Escapes text for XML 1.0, which cannot hold other control characters (section 2.2, Char). */
function xml(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- these are the characters to remove
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"\n]/g, character => XML_ESCAPES[character]!)
  );
}
