import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { CORE_COLUMNS } from '../core/attribute.js';
import { rowsOf } from '../query/result/rows.js';
import type { ReadyStores } from '../query/ready-stores.js';
import { openSession, type Session } from '../query/session.js';
import { queryFiles } from '../store/catalog/query-files.js';
import { quoteName, quoteText } from '../store/sql/text.js';
import type { Names } from './completion.js';

/** The time for which names are kept, in milliseconds: a person presses the key several times. */
const FRESH_MS = 10_000;

/** The longest wait for names, in milliseconds: a person waits at the prompt. */
const WAIT_MS = 2000;

/** Of the events, only the newest are looked at for values. */
const NEWEST_EVENTS = 20_000;

const MAX_VALUES = 50;

/** The longest value that is offered, in characters: a longer one does not fit a line. */
const MAX_VALUE_LENGTH = 100;

/** Views that have the columns of `events`. */
const EVENT_TABLES = /^(?:events|logs|spans|metrics)$/i;

/** Senders choose the keys and values: what acts on a terminal is not offered. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Names for completion, read from the store as they are asked for. What cannot be read is empty. */
export class Vocabulary implements Names {
  readonly #dir: string;
  readonly #readyStores: ReadyStores | undefined;
  readonly #extra: readonly string[];
  readonly #kept = new Map<string, { readonly at: number; readonly names: Promise<readonly string[]> }>();

  /** @param extra tables of files. */
  constructor(dir: string, readyStores: ReadyStores | undefined, extra: readonly string[]) {
    this.#dir = dir;
    this.#readyStores = readyStores;
    this.#extra = extra;
  }

  tables(): Promise<readonly string[]> {
    return this.#keep('tables', session => Promise.resolve([...session.tables, ...this.#extra]));
  }

  async columns(tables: readonly string[]): Promise<readonly string[]> {
    const found = tables.length === 0 ? ['events'] : tables;
    const lists = await Promise.all(found.map(table => this.#columnsOf(table)));
    return [...new Set(lists.flat())];
  }

  functions(): Promise<readonly string[]> {
    return this.#keep('functions', async session => {
      const found = await firstColumn(
        session,
        `select distinct function_name from duckdb_functions() where regexp_full_match(function_name, '[a-z][a-z0-9_]*')
         and function_type in ('scalar', 'aggregate', 'macro') order by 1`,
      );
      // A session defines these when a statement uses them.
      return [...found, 'p50', 'p90', 'p95', 'p99'];
    });
  }

  keywords(): Promise<readonly string[]> {
    return this.#keep('keywords', session =>
      firstColumn(session, `select keyword_name from duckdb_keywords() order by 1`),
    );
  }

  saved(): readonly string[] {
    return queryFiles(this.#dir).map(({ name }) => name);
  }

  values(tables: readonly string[], column: string, start: string): Promise<readonly string[]> {
    const table = tables[0] ?? 'events';
    return this.#keep(`values ${JSON.stringify([table, column, start])}`, async session => {
      const { lastId } = await session.refresh();
      await session.refresh({ fromId: Math.max(0, lastId - NEWEST_EVENTS) });
      return firstColumn(
        session,
        `select v from (select ${quoteName(column)}::varchar as v from ${quoteName(table)})
         where starts_with(lower(v), lower(${quoteText(start)})) and length(v) <= ${MAX_VALUE_LENGTH}
         group by v order by count(*) desc, v limit ${MAX_VALUES}`,
      );
    });
  }

  files(start: string): readonly string[] {
    const path = start.replace(/^~(?=\/|$)/, homedir());
    const folder = start === '' || !path.includes('/') ? '.' : path.endsWith('/') ? path : dirname(path);
    const begin = start.slice(0, start.length - (start.endsWith('/') ? 0 : basename(start).length));
    try {
      return readdirSync(resolve(folder))
        .filter(name => !UNPRINTABLE.test(name) && !/[\s'"]/.test(name))
        .map(name => `${begin}${name}${statSync(resolve(folder, name)).isDirectory() ? '/' : ''}`);
    } catch {
      // A folder that is not there, or that another process changes.
      return [];
    }
  }

  #columnsOf(table: string): Promise<readonly string[]> {
    return this.#keep(`columns ${table}`, async session => {
      if (EVENT_TABLES.test(table)) return [...CORE_COLUMNS, ...session.attributes.map(({ name }) => name)];
      return firstColumn(session, `select column_name from (describe select * from ${quoteName(table)})`);
    });
  }

  /** Returns names that were read a moment ago, else reads them. */
  async #keep(key: string, read: (session: Session) => Promise<readonly string[]>): Promise<readonly string[]> {
    const now = performance.now();
    const kept = this.#kept.get(key);
    if (kept && now - kept.at < FRESH_MS) return kept.names;
    for (const [name, { at }] of this.#kept) if (now - at >= FRESH_MS) this.#kept.delete(name);
    const names = this.#read(read);
    this.#kept.set(key, { at: now, names });
    return names;
  }

  async #read(read: (session: Session) => Promise<readonly string[]>): Promise<readonly string[]> {
    try {
      const signal = AbortSignal.timeout(WAIT_MS);
      const session = await openSession({ dir: this.#dir, readyStores: this.#readyStores, signal });
      try {
        return (await read(session)).filter(name => name !== '' && !UNPRINTABLE.test(name));
      } finally {
        session.close();
      }
    } catch {
      // A column that does not exist, a store that is busy: there is nothing to offer, and the prompt stays as it is.
      return [];
    }
  }
}

async function firstColumn(session: Session, sql: string): Promise<string[]> {
  return (await rowsOf(await session.query(sql))).map(([value]) => value ?? '');
}
