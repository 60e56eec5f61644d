import { TelemetryError } from '../../../core/errors.js';
import { MAX_MAX_EVENT_BYTES } from '../../../core/limits.js';
import { DecodeError } from '../../../formats/decoder.js';
import { isObjectAt } from '../../../formats/json/members.js';
import { jsonStream } from '../../../formats/json/stream.js';
import { listSchemas } from '../../../store/catalog/schemas.js';
import { compileSchema } from '../../../processors/validate/compile.js';
import { readKind } from '../../../processors/validate/event-kind.js';
import { checkAgainst } from '../../../processors/validate/rules.js';
import type { Context } from '../../shared/context.js';
import type { SchemaActionOptions } from './options.js';
import { textOfFile } from './file.js';

/** A problem of an event in the file. */
interface Found {
  readonly index: number;
  readonly schema: string;
  readonly problem: string;
}

/**
 * Validates the events in a file against the registered schemas, or the file itself if it is a schema.
 * @throws TelemetryError `failure` when an event violates a schema, after all problems have been printed.
 */
export async function checkFile(options: SchemaActionOptions, { streams }: Context): Promise<void> {
  const { store, name: file, format } = options;
  const what = file === '-' ? 'stdin' : file;
  const content = await textOfFile(file);
  if (isSchema(content)) {
    await streams.err.write(`${what} is a valid JSON Schema (${compileSchema(content).draft})\n`);
    return;
  }
  const { found, events, checked } = problemsOf(content, what, store);
  await streams.out.write(found.map(problem => lineOf(problem, format)).join(''));
  const summary = `${events} ${events === 1 ? 'event' : 'events'} in ${what}, ${checked} with a schema`;
  if (found.length === 0) {
    await streams.err.write(`${summary}: all valid\n`);
    return;
  }
  const invalid = new Set(found.map(({ index }) => index)).size;
  throw new TelemetryError('failure', `${summary}: ${invalid} invalid`);
}

function problemsOf(content: string, what: string, store: string): { found: Found[]; events: number; checked: number } {
  const check = checkAgainst(listSchemas(store), true);
  const found: Found[] = [];
  let events = 0;
  let checked = 0;
  const decoder = jsonStream(
    (bytes, start, end, { shape }) => {
      const index = events++;
      if (!isObjectAt(bytes, start)) return;
      const { schemas, violations } = check(bytes, start, end, shape);
      if (schemas > 0) checked++;
      for (const { schema, problems } of violations) {
        for (const problem of problems) found.push({ index, schema, problem });
      }
    },
    { maxEventBytes: MAX_MAX_EVENT_BYTES, elements: true },
  );
  try {
    void decoder.write(Buffer.from(content));
    void decoder.end();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const place = error.line === undefined ? '' : `, line ${error.line}`;
    throw new TelemetryError('failure', `${what}${place}: ${error.message}`, { cause: error });
  }
  return { found, events, checked };
}

function lineOf(found: Found, format: SchemaActionOptions['format']): string {
  if (format === 'json') return `${JSON.stringify(found)}\n`;
  return `event ${found.index}: ${found.schema}: ${found.problem}\n`;
}

/** True for a JSON object with `$schema`, or one that looks like a JSON Schema and does not name an event. */
function isSchema(content: string): boolean {
  try {
    const value = JSON.parse(content) as unknown;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    if ('$schema' in value) return true;
    const isWrittenLikeOne = 'properties' in value || 'required' in value || '$ref' in value;
    return isWrittenLikeOne && readKind(Buffer.from(JSON.stringify(value)), 0).name === undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
