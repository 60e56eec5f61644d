import type { RegisteredSchema, OnInvalid } from '../../store/catalog/schemas.js';
import { textOf } from '../../formats/json/members.js';
import { compileSchema, type CompiledSchema } from './compile.js';
import { INFERRED_TYPES, readKind, typeInference } from './event-kind.js';

/** The problems of an event with one schema. */
export interface Violation {
  readonly schema: string;
  readonly onInvalid: OnInvalid;
  readonly problems: readonly string[];
}

/** The result of a check: the number of schemas that apply, and those violated. */
export interface Checked {
  readonly schemas: number;
  readonly violations: readonly Violation[];
}

/** Checks an event: the valid JSON object in `bytes` from `start` to `end`. */
export type Check = (bytes: Uint8Array, start: number, end: number, shape: number) => Checked;

const BACKSLASH = 0x5c;

const UNCHECKED: Checked = { schemas: 0, violations: [] };

/**
 * Creates the check of events against the schemas of their name and type. An event without a schema is not parsed.
 * @throws TelemetryError `usage` when a schema cannot be compiled.
 */
export function checkAgainst(schemas: readonly RegisteredSchema[], allProblems = false): Check {
  const rules = new Map(
    schemas.map(({ name, schema, onInvalid }) => [name, { onInvalid, compiled: compileSchema(schema, allProblems) }]),
  );
  const infer = typeInference();
  const mayInfer = schemas.some(({ name }) => INFERRED_TYPES.has(name));

  const mayBeNamed = namesIn(schemas.map(({ name }) => name));

  return (bytes, start, end, shape) => {
    if (!mayInfer && !mayBeNamed(bytes, start, end)) return UNCHECKED;
    const { type, name } = readKind(bytes, start);
    const ofType = type ?? (mayInfer ? infer(shape, bytes, start, end) : undefined);
    const kinds = [...new Set([name, ofType])].filter(kind => kind !== undefined && rules.has(kind)) as string[];
    if (kinds.length === 0) return UNCHECKED;
    const event = JSON.parse(textOf(bytes, start, end)) as unknown;
    const violations = kinds.flatMap(kind => violationOf(kind, rules.get(kind)!, event));
    return { schemas: kinds.length, violations };
  };
}

/** A quick test that any of the names can occur in an event: far cheaper than finding its type and name. */
function namesIn(names: readonly string[]): (bytes: Uint8Array, start: number, end: number) => boolean {
  const texts = names.map(name => Buffer.from(name));
  return (bytes, start, end) => {
    const event = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    // An escape may spell a name differently.
    return event.includes(BACKSLASH) || texts.some(text => event.includes(text));
  };
}

function violationOf(
  schema: string,
  { onInvalid, compiled }: { onInvalid: OnInvalid; compiled: CompiledSchema },
  event: unknown,
): Violation[] {
  const problems = compiled.problems(event);
  return problems.length === 0 ? [] : [{ schema, onInvalid, problems }];
}

/** A violation as text: `login: /user must be integer`. */
export function violationText({ schema, problems }: Violation): string {
  return `${schema}: ${problems.join(', ')}`;
}
