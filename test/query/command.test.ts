import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createReadStream,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cleanEnv, telemetry, TELEMETRY, type Finished } from '../cli/command.js';
import { askInProcess, commandInProcess } from '../helpers/command-in-process.js';
import { temporaryStore } from '../helpers/store.js';
import { createSharedFixture, type Fixture } from './fixture.js';
import { openQueryPool } from './query-pool.js';

/** Of those that a query process runs, what asks is here in the process of the test, but where processes are the point. */
describe.each([
  ['in its own process', undefined],
  ['in a query process', openQueryPool],
])('telemetry query %s', (_name, openPool) => {
  const runCommand = openPool === undefined ? commandInProcess : askInProcess;
  let fixture: Fixture;
  let stop: (() => Promise<void>) | undefined;
  let cwd: string;
  beforeAll(async () => {
    fixture = createSharedFixture(
      { type: 'log', level: 'INFO', msg: 'hi' },
      { type: 'log', level: 'ERROR' },
      { type: 'x' },
    );
    stop = (await openPool?.(fixture.dir))?.stop;
  });
  afterAll(async () => {
    await stop?.();
    fixture.remove();
  });
  beforeEach(() => {
    cwd = temporaryStore();
  });
  const query = (args: string[], input?: string): Promise<Finished> =>
    runCommand(['query', '--store', fixture.dir, ...args], { cwd, ...(input !== undefined && { input }) });
  const queryProcess = (args: string[], input?: string): Promise<Finished> =>
    telemetry(['query', '--store', fixture.dir, ...args], { cwd, ...(input !== undefined && { input }) });

  test('is answered there: query processes share the memory of a query', async () => {
    const sql = `select current_setting('memory_limit') m`;
    const own = await query(['--no-server', sql]);
    expect(await query([sql])).toEqual(
      openPool === undefined ? own : { ...own, out: expect.not.stringMatching(own.out) as string },
    );
  });

  test('reads SQL from an argument, a file or stdin and prints NDJSON to a pipe', async () => {
    const sql = 'select type, count(*) n from events group by type order by type';
    const rows = '{"type":"log","n":2}\n{"type":"x","n":1}\n';
    writeFileSync(join(cwd, 'q.sql'), `-- counts\n${sql};\n`);
    expect(await queryProcess([sql])).toEqual({ code: 0, out: rows, err: '' });
    expect(await queryProcess(['-f', 'q.sql'])).toEqual({ code: 0, out: rows, err: '' });
    expect(await queryProcess([], sql)).toEqual({ code: 0, out: rows, err: '' });
    expect(await queryProcess(['-f', '-'], sql)).toEqual({ code: 0, out: rows, err: '' });
    expect(await queryProcess(['-'], sql)).toEqual({ code: 0, out: rows, err: '' });
    expect(await queryProcess(['select 1 a; select 2 b;'])).toMatchObject({ out: '{"a":1}\n{"b":2}\n' });
  });

  test('writes to stdout with --out -, in the format of --format', async () => {
    expect(await query(['--out', '-', '--format', 'csv', 'select 1 a'])).toEqual({ code: 0, out: 'a\n1\n', err: '' });
    expect(await query(['-o', '-', 'select 1 a'])).toEqual({ code: 0, out: '{"a":1}\n', err: '' });
    expect(await query(['-o', '-', '--format', 'parquet', 'select 1 a'])).toMatchObject({ code: 2 });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test.each([
    ['json', '[\n{"level":"INFO"},\n{"level":"ERROR"}\n]\n'],
    ['csv', /^level\r?\nINFO\r?\nERROR\r?\n$/],
    ['tsv', 'level\nINFO\nERROR\n'],
    ['markdown', /\| INFO/],
    ['line', /level = INFO/],
    ['table', /│ INFO/],
  ])('prints and writes the same in --format %s', async (format, expected) => {
    const args = ['--format', format, 'select level from events where level is not null order by id'];
    const { out, code } = await query(args);
    expect(code).toBe(0);
    expect(out).toMatch(expected);
    expect(await query(['--out', 'rows.out', ...args])).toEqual({ code: 0, out: '', err: '' });
    expect(readFileSync(join(cwd, 'rows.out'), 'utf8')).toBe(out);
    expect(readdirSync(cwd)).toEqual(['rows.out']);
  });

  test('reads back the same rows from Parquet of --out by --with', async () => {
    const out = ['--out', `it's.parquet`, '-p', 'type=log', '--limit', '1'];
    expect(await query([...out, 'select id, time, payload from events where type = $type order by id'])).toMatchObject({
      code: 0,
      err: '',
    });
    expect(readdirSync(cwd)).toEqual([`it's.parquet`]);
    const back = await query(['--with', `p=it's.parquet`, `select id, payload->>'msg' msg, typeof(time) t from p`]);
    expect(back.out).toBe('{"id":1,"msg":"hi","t":"TIMESTAMP WITH TIME ZONE"}\n');
    expect(await query(['--format', 'parquet', 'select 1'])).toMatchObject({ code: 2 });
  });

  test('writes types that Parquet would round without loss', async () => {
    const sql = `select $big::HUGEINT as h, [{'i': interval 3 microseconds}] as n, interval (-1) day as i, 1 as i`;
    expect(await query(['--out', 'x.parquet', '-p', `big=${2n ** 120n}`, sql])).toEqual({ code: 0, out: '', err: '' });
    const { out } = await query(['--with', 'p=x.parquet', 'select *, typeof(h) t from p']);
    expect(out).toBe(`{"h":${2n ** 120n},"n":[{"i":"00:00:00.000003"}],"i":"-1 day","i_1":1,"t":"DECIMAL(38,0)"}\n`);
    expect(await query(['--out', 'd.parquet', 'describe events'])).toMatchObject({ code: 0 });
  });

  test('reads all rows of a pipe by --with', async () => {
    const command = `printf 'a,b\\n1,2\\n3,4\\n' | "$0" "$1" query --store "$2" --with x=/dev/stdin "from x, (select 1)"`;
    const shell = spawn('sh', ['-c', command, process.execPath, TELEMETRY, fixture.dir], { cwd, env: cleanEnv(cwd) });
    expect(await text(shell.stdout)).toBe('{"a":1,"b":2,"1":1}\n{"a":3,"b":4,"1":1}\n');
  });

  test('keeps the old output file when a query fails, and leaves no temporary file', async () => {
    writeFileSync(join(cwd, 'keep.csv'), 'old');
    expect(await query(['--out', 'keep.csv', 'select level::INTEGER from events'])).toMatchObject({ code: 4, out: '' });
    expect(await query(['--out', 'keep.parquet', 'select level::INTEGER from events'])).toMatchObject({ code: 4 });
    expect(readFileSync(join(cwd, 'keep.csv'), 'utf8')).toBe('old');
    expect(readdirSync(cwd)).toEqual(['keep.csv']);
    expect(await query(['--out', 'none/x.csv', 'select 1'])).toMatchObject({ code: 1 });
    expect(await query(['--out', '.', 'select 1'])).toMatchObject({ code: 1 });
    expect(await query(['--out', 'x.csv', 'select 1; select 2'])).toMatchObject({ code: 2 });
  });

  test('writes into a pipe, a device and the target of a link, and replaces none', async () => {
    execFileSync('mkfifo', [join(cwd, 'pipe')]);
    const reader = text(createReadStream(join(cwd, 'pipe')));
    expect(await queryProcess(['--out', 'pipe', '--format', 'csv', 'select 1 as a'])).toMatchObject({
      code: 0,
      err: '',
    });
    expect(await reader).toBe('a\n1\n');
    const script = `"$0" "$1" query --store "$2" --out /dev/stdout --format csv 'select 3 as a' | cat`;
    const shell = execFileSync('sh', ['-c', script, process.execPath, TELEMETRY, fixture.dir], { env: cleanEnv(cwd) });
    expect(shell.toString()).toBe('a\n3\n');
    writeFileSync(join(cwd, 'real.csv'), 'old');
    symlinkSync('real.csv', join(cwd, 'link.csv'));
    expect(await query(['--out', 'link.csv', 'select 2 as a'])).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, 'real.csv'), 'utf8')).toBe('a\n2\n');
    expect(readdirSync(cwd).sort()).toEqual(['link.csv', 'pipe', 'real.csv']);
    expect(lstatSync(join(cwd, 'pipe')).isFIFO()).toBe(true);
    expect(lstatSync(join(cwd, 'link.csv')).isSymbolicLink()).toBe(true);
  });

  test.each([
    [['--out', 'json', 'select 1'], 'did you mean --format json?'],
    [['-o', 'JSONL', 'select 1'], 'did you mean --format ndjson?'],
    [['-o', 'yaml', 'select 1'], 'yaml is a format'],
    [['-o', 'rows.xlsx', 'select 1'], 'no format is known for .xlsx'],
    [['-o', 'rows.html', 'select 1'], 'no format is known for .html'],
    [['-o', 'rows.csv.gz', 'select 1'], 'no format is known for .gz'],
    [['--raw', '--format', 'json', 'select 1'], '--raw prints bare values'],
    [['-c', 'select 1', 'select 2'], 'the SQL was given twice'],
    [['--since', '1h', '--last', '1h', 'select 1'], 'give only one'],
  ])('refuses %j, and writes nothing', async (args, says) => {
    const { code, out, err } = await query(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(says);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test.each([
    [['--format', 'JSONL'], '{"a":1,"b":null}\n{"a":2,"b":"x"}\n'],
    [['--format', 'md'], '| a | b |\n| ---: | --- |\n| 1 | NULL |\n| 2 | x |\n'],
    [['--format', 'Vertical'], 'a = 1\nb = NULL\n\na = 2\nb = x\n'],
    [['--csv'], 'a,b\n1,\n2,x\n'],
    [['--json'], '[\n{"a":1,"b":null},\n{"a":2,"b":"x"}\n]\n'],
    [['--raw'], '1\t\n2\tx\n'],
    [['--raw', '--csv'], '1,\n2,x\n'],
    [['-n', '1', '--raw'], '1\t\n'],
  ])('takes %j', async (args, out) => {
    expect(await query([...args, `from (values (1, null), (2, 'x')) t(a, b)`])).toEqual({ code: 0, out, err: '' });
  });

  test('takes -c, several times, and the command by its other name', async () => {
    const args = ['sql', '--store', fixture.dir, '-c', 'select 1 a', '-c', 'select 2 b'];
    expect(await telemetry(args, { cwd })).toEqual({ code: 0, out: '{"a":1}\n{"b":2}\n', err: '' });
  });

  test('says with --exit-code whether there are rows', async () => {
    const where = (condition: string): string => `from events where ${condition}`;
    expect(await query(['--exit-code', '--raw', `select id ${where('id = 1')}`])).toMatchObject({
      code: 1,
      out: '1\n',
    });
    expect(await query(['--exit-code', `select id ${where('id = 99')}`])).toEqual({ code: 0, out: '', err: '' });
    expect(await query(['--exit-code', '-o', 'x.parquet', where('true')])).toMatchObject({ code: 1 });
    expect(await query(['--exit-code', where('nothing = 1')])).toMatchObject({ code: 4 });
  });

  test.each([
    [['select levl from events'], 4, 'near attributes: level'],
    [['delete from events'], 4, 'telemetry prune'],
    [[''], 2, 'no SQL'],
    [[' ; -- nothing'], 2, 'no SQL'],
    [['-p', 'x=1', 'select 1'], 2, '$x'],
    [['select $x'], 2, '-p x='],
    [['--tz', 'Mars/Olympus', 'select 1'], 2, 'Mars/Olympus'],
    [['-f', 'none.sql'], 1, 'none.sql'],
    [['--with', 'x=none.csv', 'select 1'], 1, 'ENOENT'],
    [['--with', 'x=.', 'select 1'], 1, 'is a directory'],
  ])('exits for %j with code %i and the reason on stderr', async (args, code, says) => {
    const { err, ...rest } = await query(args);
    expect(rest).toEqual({ code, out: '' });
    expect(err).toContain(says);
  });

  test('takes a --timeout that is longer than a timer can be', async () => {
    const { code, out } = await queryProcess(['--timeout', '30d', 'select 1 a']);
    expect({ code, out }).toEqual({ code: 0, out: '{"a":1}\n' });
  });

  test('ends a query in native code that runs longer than --timeout', async () => {
    const finished = await queryProcess(['--timeout', '200ms', 'select sum(i) from range(1000000000000) t(i)']);
    expect(finished).toMatchObject({ code: 1, out: '', err: expect.stringContaining('longer than 200ms') as string });
  });

  test('bounds and prints as --limit, --since, --until and --tz say', async () => {
    expect((await query(['--limit', '2', 'select id from events order by id'])).out).toBe('{"id":1}\n{"id":2}\n');
    expect((await query(['--limit', '0', 'select id from events'])).out).toBe('');
    const between = ['--since', '2026-11-22T10:00:01Z', '--until', '2026-11-22T10:00:02Z'];
    expect((await query([...between, 'select id, received_at r from events'])).out).toBe(
      '{"id":2,"r":"2026-11-22T10:00:01Z"}\n',
    );
    expect((await query([...between, '--tz', 'Asia/Kathmandu', 'select received_at r from events'])).out).toBe(
      '{"r":"2026-11-22T15:45:01+05:45"}\n',
    );
  });

  test('bounds in time that leave no event say how many lie outside', async () => {
    const nothing = await query(['--since', '2027-01-01', 'select count(*) from events']);
    expect(nothing).toMatchObject({ code: 0, out: '{"count_star()":0}\n' });
    expect(nothing.err).toMatch(/^no event happened within the bounds: \d+ events lie outside; --by received/);
    const received = await query(['--by', 'received', '--since', '2027-01-01', 'select id from events']);
    expect(received.err).toMatch(/^no event was received within the bounds: \d+ events lie outside\n$/);
    expect((await query(['--since', '2000-01-01', 'select count(*) from events where false'])).err).toBe('');
  });

  test('ends endless queries on SIGINT or when the reader goes away', async () => {
    const endless = ['query', '--store', fixture.dir, 'select i from range(1000000000000) t(i)'];
    const start = () =>
      spawn(process.execPath, [TELEMETRY, ...endless], { cwd, env: cleanEnv(cwd), stdio: ['ignore', 'pipe', 'pipe'] });
    const headed = start();
    await once(headed.stdout, 'data');
    headed.stdout.destroy();
    expect(await once(headed, 'close')).toEqual([0, null]);
    const stopped = start();
    await once(stopped.stdout, 'data');
    stopped.stdout.resume();
    stopped.kill('SIGINT');
    expect(await once(stopped, 'close')).toEqual([130, null]);
  });

  test('counts events by a column, and describes a table or a type', async () => {
    const run = (...args: string[]) => runCommand([...args, '--store', fixture.dir], { cwd });
    expect(await run('stats', '--by', 'type', '--csv')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^type,events,share,first,last\nlog,2,/) as string,
    });
    expect(JSON.parse((await run('status', '--since', '2026-11-22T10:00:02Z', '--json')).out)).toMatchObject([
      { type: 'x', events: 1, share: 1 },
    ]);
    expect((await run('stats', '--csv')).out).toMatch(/^type,events,bytes\nlog,2,\d+\nx,1,\d+\n$/);
    expect((await run('schema', 'streams', '--csv')).out).toMatch(/^table,column,[^]*\nstreams,id,/);
    expect((await run('schema', '--type', 'log', '--csv')).out).toContain('\nevents,level,VARCHAR,2,1,INFO\n');
    expect(await run('schema', '--type', 'none', '--csv')).toMatchObject({
      code: 0,
      err: expect.stringContaining('no event has the type "none"') as string,
    });
    for (const args of [
      ['schema', 'nothing'],
      ['schema', 'spans', '--type', 'x'],
      ['schema', 'list', '--type', 'x'],
      ['stats', '--by', 'nothing'],
    ]) {
      expect((await run(...args)).code).toBe(2);
    }
  });

  test('prints a schema with types, counts, shares and an example', async () => {
    const { out, code } = await runCommand(['schema', '--store', fixture.dir, '--format', 'json'], { cwd });
    expect(code).toBe(0);
    const columns = JSON.parse(out) as Record<string, unknown>[];
    expect(columns.find(({ column }) => column === 'level')).toEqual({
      table: 'events',
      column: 'level',
      type: 'VARCHAR',
      count: 2,
      share: 2 / 3,
      example: 'INFO',
    });
    expect(columns.filter(({ table }) => table === 'streams')).toHaveLength(9);
    expect((await runCommand(['schema', '--store', fixture.dir, '--format', 'table'], { cwd })).out).toContain('66.7%');
    expect(existsSync(join(cwd, '.tmp'))).toBe(false);
  });
});
