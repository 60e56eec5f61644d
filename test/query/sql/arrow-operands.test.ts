import { describe, expect, test } from 'vitest';
import { bracketArrowOperands } from '../../../src/query/sql/arrow-operands.js';
import { column, createFixture } from '../fixture.js';

describe('an arrow behind an operator', () => {
  test.each([
    [`a and payload->>'k' = 'x'`, `a and (payload->>'k') = 'x'`],
    [`not e.payload -> 'a' ->> 'b' = 'x'`, `not (e.payload -> 'a' ->> 'b') = 'x'`],
    [`'x' = "payload"->>0`, `'x' = ("payload"->>0)`],
    [`payload->>'k' = 'x'`, `payload->>'k' = 'x'`],
    [`list_transform(l, x -> 'a')`, `list_transform(l, x -> 'a')`],
    [`list_transform(l, x -> x or y -> 'a')`, `list_transform(l, x -> x or (y -> 'a'))`],
    [`'a and payload->>''k''' and b`, `'a and payload->>''k''' and b`],
    [`a and (payload->>'k') = 'x'`, `a and (payload->>'k') = 'x'`],
  ])('%s becomes %s', (sql, bracketed) => {
    expect(bracketArrowOperands(sql)).toBe(bracketed);
  });

  test('means the same in a query as it does in PostgreSQL', async () => {
    const session = await createFixture({ a: 'x', b: 1 }, { a: 'y', b: 1 }).open();
    const ids = (where: string) => column(session, `select id from events where ${where} order by id`);
    expect(await ids(`b = 1 and payload->>'a' = 'x'`)).toEqual(['1']);
    expect(await ids(`payload->>'a' = 'x' or payload->>'a' = 'y'`)).toEqual(['1', '2']);
    expect(await ids(`'y' = payload->>'a'`)).toEqual(['2']);
    expect(await ids(`not payload->>'a' = 'x'`)).toEqual(['2']);
  });
});
