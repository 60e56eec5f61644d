import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Result, Row } from '../../../src/core/result.js';
import { openSession } from '../../../src/query/session.js';
import { rowsOf } from '../../../src/query/result/rows.js';
import { makeDirectory } from '../../helpers/store.js';
import { STORE, type Dialect } from './dialect.js';
import { fillOddStore } from './odd-events.js';
import { questions } from './questions.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

/** An engine that has the events of a store. */
export interface Subject {
  readonly dialect: Dialect;
  /** Runs a statement, as `telemetry query --remote` does. */
  query(sql: string): Promise<Result>;
  close(): Promise<void>;
}

/**
 * Tests that a kind of remote gives the same answers as the store that its events come from.
 * @param start starts the engine, and forwards all events of the store at `dir` to it; a text says why it is not there.
 */
export function testConformance(name: string, start: (dir: string) => Promise<Subject | string>): void {
  describe(`the answers of ${name}`, () => {
    const dir = makeDirectory();
    let subject: Subject | string = 'not started';

    beforeAll(async () => {
      await fillOddStore(dir);
      subject = await start(dir);
    });
    afterAll(async () => {
      if (typeof subject !== 'string') await subject.close();
      removeDirectory(dir);
    });

    test('given 5,000 odd events, then they are those of the store', async context => {
      if (typeof subject === 'string') return context.skip(subject);
      const { dialect } = subject;
      const session = await openSession({ dir });
      try {
        const expected = questions(STORE, dialect);
        for (const [i, { name, sql }] of questions(dialect, dialect).entries()) {
          const wanted = (await rowsOf(await session.query(expected[i]!.sql))).map(row => withNul(row, dialect.nul));
          const found = await rowsOf(await subject.query(sql));
          expect(wanted.length, `rows of the store for ${name}`).toBeGreaterThan(0);
          expect(sorted(found), name).toEqual(sorted(wanted));
        }
      } finally {
        session.close();
      }
    });
  });
}

function withNul(row: Row, nul: string): Row {
  return row.map(cell => cell?.replaceAll('\0', nul) ?? null);
}

function sorted(rows: readonly Row[]): string[] {
  return rows.map(row => JSON.stringify(row)).sort();
}
