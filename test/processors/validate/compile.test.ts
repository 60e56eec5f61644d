import { describe, expect, test } from 'vitest';
import { compileSchema } from '../../../src/processors/validate/compile.js';

const DRAFTS = [
  [undefined, '2020-12'],
  ['https://json-schema.org/draft/2020-12/schema', '2020-12'],
  ['https://json-schema.org/draft/2019-09/schema#', '2019-09'],
  ['http://json-schema.org/draft-07/schema#', 'draft-07'],
] as const;

describe('a JSON Schema', () => {
  test.each(DRAFTS)('given $schema %s, then it is read as %s, formats too', ($schema, draft) => {
    const schema = compileSchema(
      JSON.stringify({ $schema, properties: { email: { format: 'email' }, id: { format: 'uuid' } }, 'x-own': true }),
    );

    expect(schema.draft).toBe(draft);
    expect(schema.problems({ email: 'a@b.example', id: '550e8400-e29b-41d4-a716-446655440000', n: Infinity })).toEqual(
      [],
    );
    expect(schema.problems({ email: 'nobody' })).toEqual(['/email must match format "email"']);
  });

  test('given prefixItems and items, then each draft reads them in its own way', () => {
    const tuple = { properties: { a: { prefixItems: [{ type: 'integer' }], items: false } } };

    expect(compileSchema(JSON.stringify(tuple)).problems({ a: [1, 2] })).toHaveLength(1);
    const older = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      properties: { a: { items: [{ type: 'integer' }] } },
    };
    expect(compileSchema(JSON.stringify(older)).problems({ a: ['x'] })).toEqual(['/a/0 must be integer']);
  });

  test('given all problems are asked for, then they are told with their places', () => {
    const schema = { required: ['user'], properties: { n: { type: 'number' } }, additionalProperties: false };

    expect(compileSchema(JSON.stringify(schema), true).problems({ n: 'x', more: 1 })).toEqual([
      `the event must have required property 'user'`,
      'the event must NOT have additional properties ("more")',
      '/n must be number',
    ]);
  });

  test('reports a problem for a schema with endless recursion, and does not throw', () => {
    const schema = compileSchema('{"if":{"required":["a"]},"then":{"allOf":[{"$ref":"#"}]}}');

    expect(schema.problems({})).toEqual([]);
    expect(schema.problems({ a: 1 })).toEqual(['cannot be checked: the schema refers to itself without end']);
  });

  test.each([
    ['{', 'it is not JSON'],
    ['[]', 'a JSON Schema is an object'],
    ['{"type":"strin"}', 'it is not a valid JSON Schema (2020-12)'],
    ['{"$ref":"https://example.com/other.json"}', "can't resolve reference"],
    ['{"$schema":"http://json-schema.org/draft-03/schema#"}', 'is not a draft that is known here'],
  ])('given %s, then the error says what is wrong', (text, message) => {
    expect(() => compileSchema(text)).toThrow(expect.objectContaining({ kind: 'usage' }) as Error);
    expect(() => compileSchema(text)).toThrow(message);
  });
});
