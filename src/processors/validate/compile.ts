import { createRequire } from 'node:module';
import type { Ajv, ErrorObject, Options, ValidateFunction } from 'ajv';
import type addFormats from 'ajv-formats';
import { messageOf, TelemetryError } from '../../core/errors.js';

/** The supported drafts of JSON Schema, by `$schema`; the first is the default. */
const DRAFTS = [
  { name: '2020-12', uri: 'json-schema.org/draft/2020-12/schema', module: 'ajv/dist/2020.js' },
  { name: '2019-09', uri: 'json-schema.org/draft/2019-09/schema', module: 'ajv/dist/2019.js' },
  { name: 'draft-07', uri: 'json-schema.org/draft-07/schema', module: 'ajv' },
] as const;

/** Loaded on demand: most servers have no schema and should not wait for the compiler. */
const load = createRequire(import.meta.url) as (module: string) => unknown;

/**
 * As specified: unknown keywords and formats are ignored. Any JSON number is a number, even 1e400, which JavaScript
 * reads as infinite.
 */
const OPTIONS: Options = { strict: false, strictNumbers: false, logger: false };

/** A schema that events can be checked against. */
export interface CompiledSchema {
  readonly draft: string;
  /** The problems of a value; empty when it is valid. Only the first, unless the schema was compiled for all. */
  problems(value: unknown): string[];
}

/**
 * Compiles a JSON Schema.
 * @param allProblems true when a check continues after the first problem.
 * @throws TelemetryError `usage` when the text is not JSON, not a schema, uses another draft, or refers to another
 * document.
 */
export function compileSchema(text: string, allProblems = false): CompiledSchema {
  const schema = parse(text);
  const draft = draftOf(schema);
  const { default: Validator } = load(draft.module) as { default: typeof Ajv };
  const ajv = new Validator({ ...OPTIONS, allErrors: allProblems });
  (load('ajv-formats') as typeof addFormats).default(ajv);
  let validate: ValidateFunction;
  try {
    validate = ajv.compile(schema);
  } catch (error) {
    const isReference = messageOf(error).startsWith("can't resolve reference");
    throw new TelemetryError('usage', `it is not a valid JSON Schema (${draft.name}): ${messageOf(error)}`, {
      ...(isReference && { remedy: 'References reach only what is in the same document ("#/$defs/...").' }),
      cause: error,
    });
  }
  return {
    draft: draft.name,
    problems: value => problemsOf(validate, value),
  };
}

/** A schema that refers to itself without descending recurses until the stack overflows; only the value shows it. */
function problemsOf(validate: ValidateFunction, value: unknown): string[] {
  try {
    return validate(value) ? [] : (validate.errors ?? []).map(problemText);
  } catch (error) {
    if (error instanceof RangeError) return ['cannot be checked: the schema refers to itself without end'];
    throw error;
  }
}

function parse(text: string): object {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    throw new TelemetryError('usage', `it is not JSON: ${messageOf(error)}`, { cause: error });
  }
  if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema;
  throw new TelemetryError('usage', 'a JSON Schema is an object');
}

function draftOf(schema: object): (typeof DRAFTS)[number] {
  if (!('$schema' in schema)) return DRAFTS[0];
  const given = typeof schema.$schema === 'string' ? schema.$schema : JSON.stringify(schema.$schema);
  const draft = DRAFTS.find(({ uri }) => given.replace(/^https?:\/\//, '').replace(/#$/, '') === uri);
  if (draft) return draft;
  throw new TelemetryError('usage', `its $schema "${given}" is not a draft that is known here`, {
    remedy: `Write it in ${DRAFTS.map(({ name }) => name).join(', ')}.`,
  });
}

/** `/user/age must be integer`: a JSON Pointer and the problem. */
function problemText({ instancePath, message = 'is wrong', params }: ErrorObject): string {
  const extra = (params as { additionalProperty?: string }).additionalProperty;
  const named = extra === undefined ? '' : ` (${JSON.stringify(extra)})`;
  return `${instancePath === '' ? 'the event' : instancePath} ${message}${named}`;
}
