import type { Result } from '../../core/result.js';
import { render } from '../../render/formats.js';
import type { Finding } from '../../store/archive/maintain/finding.js';
import type { Context } from './context.js';
import { counted } from './count.js';

const number = new Intl.NumberFormat('en-US');

/** The damage among the findings, in words such as `2 problems`; undefined without damage. */
export function damageIn(findings: readonly Finding[]): string | undefined {
  const problems = findings.filter(({ isLeftover }) => !isLeftover).length;
  if (problems === 0) return undefined;
  return problems === 1 ? 'one problem' : counted(problems, 'problem');
}

/** A finding for programs. */
export function findingJson({ file, problem, events, repaired, isLeftover }: Finding): object {
  return { file, problem, events, repaired, ...(isLeftover && { leftover: true }) };
}

/** Prints the findings as a table, if there are any. */
export async function printFindings(
  findings: readonly Finding[],
  { streams }: Pick<Context, 'streams'>,
): Promise<void> {
  if (findings.length === 0) return;
  const { columns, color } = streams;
  await render('table', findingsTable(findings), text => streams.out.write(text), { columns, color, footer: false });
}

function findingsTable(findings: readonly Finding[]): Result {
  const rows = findings.map(({ file, problem, events, repaired }) => [
    file,
    problem,
    events === undefined ? null : number.format(events),
    repaired ?? null,
  ]);
  return {
    columns: ['file', 'problem', 'events', 'repaired'].map(name => ({
      name,
      type: 'VARCHAR',
      kind: name === 'events' ? 'number' : 'text',
    })),
    batches: (async function* () {
      yield await Promise.resolve(rows);
    })(),
  };
}
