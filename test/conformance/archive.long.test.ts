import { describe, expect, test } from 'vitest';
import { convertArchive } from '../../src/store/archive/maintain/convert.js';
import { verifyStore } from '../../src/store/archive/maintain/verify.js';
import { compact, planCompactions } from '../../src/store/archive/maintain/compact.js';
import type { ArchiveKindName } from '../../src/core/archive-kind.js';
import { DEFAULT_TUNING } from '../../src/core/limits.js';
import { rowsOf } from '../../src/query/result/rows.js';
import type { Session } from '../../src/query/session.js';
import { planPrune } from '../../src/consumers/retention/plan.js';
import type { RetentionRule } from '../../src/consumers/retention/rule.js';
import { prune } from '../../src/consumers/retention/prune.js';
import { tail } from '../../src/consumers/tail/tail.js';
import { onArchive, seal } from '../helpers/archive.js';
import { createFixture, FIRST_RECEIVED, type Fixture, type Sent } from '../query/fixture.js';

/** Every kind of archive must give the same answers; `none` is what they are compared with. */
const KINDS: readonly Exclude<ArchiveKindName, 'none'>[] = ['parquet', 'ndjson', 'csv', 'duckdb'];

const DAY = 86_400_000_000;

/** What senders send: odd JSON, text, binary, rows of CSV, half a surrogate pair, many types, keys that clash. */
const EVENTS: readonly Sent[] = [
  { type: 'log', level: 'INFO', msg: 'hello "you"\n, and \\ you', n: 1, time: '2026-11-22T09:59:59.123456Z' },
  { type: 'log', level: 'WARN', msg: '', n: 2.5, tags: ['a', 'b'], nested: { deep: { er: true } } },
  '{ "type" : "log",\n\t"pretty": [1,\r\n 2],\r "n":  1.0 }',
  '{"type":"log","n":1e400,"big":12345678901234567890,"neg":-0,"exp":1E5}',
  '{"type":"twice","a":1,"a":2,"b":{"c":1,"c":2}}',
  '{"":"empty key","a.b":1,"a":{"b":2},"q\\"uote":"x","Type":"Upper"}',
  '{"unicode":"\\u0041\\u0000\\ud83d\\ude00 日本 é","type":"odd, \\"type\\"\\n"}',
  { sent: '{"type":"half","msg":"\\ud800 and more","n":3}', encoding: 'surrogate' },
  { sent: '{"type":"half",\n"msg":"\\udfff"}', encoding: 'surrogate' },
  '"a line of text, with \\"quotes\\""',
  { sent: '"AAECAwT/"', encoding: 'base64' },
  '[1,{"type":"in an array"}]',
  'null',
  '42',
  '{"id":"mine","payload":",\\"payload\\":{}","sent":"no","text":"t","received_at":"then","encoding":"e"}',
  '{"metric_name":"cpu","metric_value":0.1,"host":"a"}',
  '{"trace":{"traceId":"t1","spanId":"s1"},"name":"GET /","duration":12}',
  '{"type":"log","n":"text now","level":null,"msg":{"was":"a string"}}',
  '{"type":"","empty":{},"none":[],"deep":{"a":{"b":{"c":{"d":[{"e":null}]}}}}}',
  { type: 'long', text: 'long "text" '.repeat(2000) },
  { sent: '{"type":"log","day":2,"n":7}', receivedAt: FIRST_RECEIVED + DAY },
  '{"type":"metric","day":2,"value":1}',
  '{"type":"log","day":2,"level":"ERROR","flag":true}',
  '{"type":"log","day":2,"level":"ERROR","flag":false}',
];

/** Questions to which the answers are the same whatever holds the events. */
const QUESTIONS = [
  `select id, stream_id, received_at, insert_datetime, "time", "type", "name", "encoding", payload::varchar from events order by id`,
  `select * from events order by id`,
  `select "type", count(*), sum(strlen(payload::varchar)) from events group by "type" order by "type"`,
  `select level, n, msg from events where "type" = 'log' and level is not null order by id`,
  `select id from events where "trace.traceId" = 't1'`,
  `select count(*) from events where received_at >= timestamptz '2026-11-23 00:00:00+00'`,
  `select id, payload->>'n' from events where flag order by id`,
  `select count(*) from events`,
];

async function answers(fixture: Fixture, questions = QUESTIONS): Promise<unknown[]> {
  const session = await fixture.open();
  const found: unknown[] = [];
  for (const question of questions) found.push(await ask(session, question));
  session.close();
  return found;
}

/** Answers of a journal, which are the same for each kind of archive, by the rule that pruned it. */
const ofJournal = new Map<string, Promise<{ removed: number; answers: unknown[] }>>();

/** The answers of a journal with {@link EVENTS}. @param rule prunes it before. */
function journalAnswers(rule?: RetentionRule): Promise<{ removed: number; answers: unknown[] }> {
  const key = JSON.stringify(rule ?? '');
  const asked = ofJournal.get(key) ?? askJournal(rule);
  ofJournal.set(key, asked);
  return asked;
}

async function askJournal(rule: RetentionRule | undefined): Promise<{ removed: number; answers: unknown[] }> {
  const fixture = createFixture(...EVENTS);
  const removed = rule === undefined ? 0 : await pruned(fixture, rule);
  return { removed, answers: await answers(fixture) };
}

async function ask(session: Session, question: string): Promise<unknown> {
  const result = await session.query(question);
  return { columns: result.columns, rows: await rowsOf(result) };
}

async function pruned(fixture: Fixture, rule: RetentionRule): Promise<number> {
  const session = await fixture.open();
  const removal = await (await planPrune(session, rule, Date.now())).removal();
  session.close();
  const options = { signal: new AbortController().signal, now: () => Date.now() * 1000, isShared: () => false };
  return (await prune(fixture.dir, removal, options)).events;
}

async function compactAll(dir: string): Promise<number> {
  return onArchive(dir, async context => {
    let merged = 0;
    for (let next; (next = planCompactions(context.catalog.segments(), () => true)[0]); merged++)
      await compact(next, context);
    return merged;
  });
}

describe.each(KINDS)('an archive of the kind %s', kind => {
  test('answers queries on events of every sort the same after sealing and compaction', async () => {
    const fixture = createFixture(...EVENTS);
    const { answers: before } = await journalAnswers();

    for (const upToId of [5, 22, 23]) await seal(fixture.dir, upToId, kind);
    const some = await answers(fixture);
    await seal(fixture.dir, undefined, kind);
    const all = await answers(fixture);
    const merged = await compactAll(fixture.dir);
    const compacted = await answers(fixture);

    expect(some).toEqual(before);
    expect(all).toEqual(before);
    expect(merged).toBeGreaterThan(0);
    expect(compacted).toEqual(before);
  });

  test.each([
    ['a condition', { keep: [], where: 'n is not null', olderThan: undefined }],
    ['everything', { keep: [], where: 'true', olderThan: undefined }],
  ])('leaves the same events as the journal would when %s is pruned', async (_, rule) => {
    const journal = await journalAnswers(rule);
    const sealed = createFixture(...EVENTS);
    await seal(sealed.dir, 20, kind);

    expect(await pruned(sealed, rule)).toBe(journal.removed);
    expect(await answers(sealed)).toEqual(journal.answers);
  });

  test('given segments, when they are verified in depth, then nothing is found', async () => {
    const fixture = createFixture(...EVENTS);
    await seal(fixture.dir, 20, kind);
    const options = { dir: fixture.dir, ...DEFAULT_TUNING, now: () => Date.now() * 1000, isDeep: true, repairs: false };
    const { findings, events } = await verifyStore(options, new AbortController().signal);

    expect(findings).toEqual([]);
    expect(events).toBe(EVENTS.length);
  });

  test('tails segments in the order of ids, each event once', async () => {
    const fixture = createFixture(...EVENTS);
    await seal(fixture.dir, 20, kind);
    const ids: (string | null | undefined)[] = [];
    const request = { dir: fixture.dir, timezone: 'UTC', timeStyle: 'iso', columns: ['id', 'payload'] } as const;
    const pages = tail(
      { ...request, filter: undefined, since: undefined, fromId: 3, last: undefined, follow: false },
      () => Promise.resolve(),
      new AbortController().signal,
    );
    for await (const { rows } of pages) ids.push(...rows.map(([id]) => id));

    expect(ids).toEqual(EVENTS.map((_event, i) => String(i + 1)).slice(2));
  });

  test('combines rows of segments and of later events with new keys and types', async () => {
    const fixture = createFixture({ type: 'log', n: 1 }, { type: 'log', n: 2 });
    await seal(fixture.dir, undefined, kind);
    fixture.add({ type: 'log', n: 'three', fresh: true }, { type: 'log', n: 4.5 });
    const mixed = await answers(fixture, ['select id, n, fresh, payload from events order by id']);
    await seal(fixture.dir, undefined, kind);

    expect(mixed).toMatchObject([
      {
        rows: [
          ['1', '1', null, '{"type":"log","n":1}'],
          ['2', '2', null, '{"type":"log","n":2}'],
          ['3', 'three', 'true', '{"type":"log","n":"three","fresh":true}'],
          ['4', '4.5', null, '{"type":"log","n":4.5}'],
        ],
      },
    ]);
    expect(await answers(fixture, ['select id, n, fresh, payload from events order by id'])).toEqual(mixed);
  });
});

describe('converting', () => {
  test('answers queries the same after conversion to each kind', async () => {
    const fixture = createFixture(...EVENTS);
    const { dir } = fixture;
    const before = await answers(fixture, QUESTIONS.slice(0, 3));
    const options = { dir, ...DEFAULT_TUNING, now: () => Date.now() * 1000 };
    await seal(dir);
    let isFirst = true;

    for (const kind of [...KINDS, 'none', ...KINDS.toReversed(), 'none', 'parquet'] as const) {
      const moved = await convertArchive(options, kind, new AbortController().signal, () => undefined);
      const kinds = await onArchive(dir, ({ catalog }) =>
        Promise.resolve(catalog.segments().map(segment => segment.kind)),
      );

      expect(moved).toBe(isFirst ? 0 : 24);
      expect(new Set(kinds)).toEqual(new Set(kind === 'none' ? [] : [kind]));
      expect(await answers(fixture, QUESTIONS.slice(0, 3))).toEqual(before);
      isFirst = false;
    }
  });
});
