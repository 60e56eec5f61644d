import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { describeShape } from '../../src/core/shape.js';
import type { Result, Row } from '../../src/core/result.js';
import { openForWriting } from '../../src/store/database/store.js';
import { openSession, type Session, type SessionOptions } from '../../src/query/session.js';
import { removeDirectory } from '../helpers/remove-directory.js';

/** An event as it was sent; objects are sent as their JSON. */
export type Sent = string | object | { sent: string; receivedAt?: number; encoding?: string };

/** A store of the test's own, with its writer. */
export interface Fixture {
  readonly dir: string;
  readonly db: Database;
  add(...events: readonly Sent[]): void;
  open(options?: Partial<SessionOptions>): Promise<Session>;
  /** Closes its sessions and removes it, which the end of a test does; for a store that tests share. */
  remove(): void;
}

/** When the first event of a fixture was received: microseconds since 1970. */
export const FIRST_RECEIVED = Date.UTC(2026, 10, 22, 10) * 1000;

/** Makes a store; each event is received one second after the one before. */
export function createFixture(...events: readonly Sent[]): Fixture {
  const fixture = createSharedFixture(...events);
  onTestFinished(() => fixture.remove());
  return fixture;
}

/** The same for the tests of a group, which removes it. */
export function createSharedFixture(...events: readonly Sent[]): Fixture {
  const fixture = openFixture();
  fixture.add(...events);
  return fixture;
}

/** Makes a store that is a copy of another, while no process writes to that. */
export function copyFixture(original: string): Fixture {
  const fixture = openFixture(original);
  onTestFinished(() => fixture.remove());
  return fixture;
}

/** Opens a new store for writing, or a copy. */
function openFixture(original?: string): Fixture {
  const dir = mkdtempSync(join(tmpdir(), 'telemetry-query-test-'));
  if (original !== undefined) cpSync(original, dir, { recursive: true });
  const db = openForWriting(dir, 'none');
  const sessions: Session[] = [];
  if (original === undefined)
    db.prepare(
      `insert into streams(started_at, transport, remote, path, headers, events) values (?, 'http', '127.0.0.1', '/', '{"a":["b","c"]}', 0)`,
    ).run(FIRST_RECEIVED);
  const insert = db.prepare('insert into events(stream_id, received_at, payload, encoding) values (1, ?, ?, ?)');
  const register = db.prepare(
    `insert into attributes(path, name, kinds) values (?, ?, ?) on conflict(path) do update set kinds = kinds | excluded.kinds`,
  );
  let next = FIRST_RECEIVED;
  const fixture: Fixture = {
    dir,
    db,
    add(...added) {
      db.transaction(() => {
        for (const event of added) {
          const { sent, receivedAt = next, encoding = null } = normal(event);
          insert.run(receivedAt, sent, encoding);
          next = receivedAt + 1_000_000;
          for (const { path, kinds } of describeShape(sent)) register.run(JSON.stringify(path), path.join('.'), kinds);
        }
      })();
    },
    async open(options = {}) {
      const session = await openSession({ dir, ...options });
      sessions.push(session);
      return session;
    },
    remove() {
      for (const session of sessions) session.close();
      db.close();
      removeDirectory(dir);
    },
  };
  return fixture;
}

function normal(event: Sent): { sent: string; receivedAt?: number; encoding?: string } {
  if (typeof event === 'string') return { sent: event };
  return 'sent' in event ? event : { sent: JSON.stringify(event) };
}

/** All rows of a result. */
export async function rowsOf(result: Result): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of result.batches) rows.push(...batch);
  return rows;
}

/** The rows that a query returns. */
export async function ask(session: Session, sql: string, parameters?: Record<string, string>): Promise<Row[]> {
  return rowsOf(await session.query(sql, parameters));
}

/** The first column that a query returns. */
export async function column(
  session: Session,
  sql: string,
  parameters?: Record<string, string>,
): Promise<(string | null)[]> {
  return (await ask(session, sql, parameters)).map(([value]) => value!);
}
