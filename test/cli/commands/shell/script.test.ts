import { createRequire } from 'node:module';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SQLITE_PACKAGE } from '../../../../src/store/database/sqlite.js';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { createFixture } from '../../../query/fixture.js';
import { telemetry } from '../../command.js';

const require = createRequire(import.meta.url);

const EVENTS = [
  { level: 'info', msg: 'hello', service: 'shop', n: 1 },
  { level: 'error', msg: 'boom', service: 'web', n: 2 },
];

function place() {
  const { dir } = createFixture(...EVENTS);
  const script = join(dir, 'script.sql');
  return {
    dir,
    run: (text: string, ...args: string[]) => {
      writeFileSync(script, text);
      return commandInProcess(['shell', '--store', dir, '-f', script, ...args], { cwd: dir });
    },
  };
}

const says = (text: string) => expect.stringContaining(text) as string;

describe('a script of the shell', () => {
  test('runs statements and commands in order, and the last one without a semicolon', async () => {
    const { run } = place();

    const { code, out, err } = await run(`select 1 as a; select
      count(*) as n from events;
    .mode csv
    select n, msg as "a b" from events order by n \\g
    \\pset format ndjson
    \\echo 'it''s' done
    select 2 as last`);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`{"a":1}\n{"n":2}\nn,a b\n1,hello\n2,boom\nit's done\n{"last":2}\n`);
  });

  test('continues after an error, and ends with the code of the first', async () => {
    const { run } = place();
    const text = `select 1 as a;\n\nselect nothing_like_it\nfrom events;\n\\nonsense\nselect 2 as b;`;

    const all = await run(text);
    const stopped = await run(text, '-v', 'ON_ERROR_STOP=on');

    expect(all).toMatchObject({ code: 4, out: '{"a":1}\n{"b":2}\n', err: says('LINE 1: select nothing_like_it') });
    expect(all.err).toContain('at script.sql:3\n');
    expect(all.err).toContain('\\nonsense is not a command');
    expect(all.err).toContain('at script.sql:5\n');
    expect(stopped).toMatchObject({ code: 4, out: '{"a":1}\n' });
    expect((await run(`\\set ON_ERROR_STOP 1\n\\nonsense\nselect 1;`)).out).toBe('');
    expect((await run(`\\nonsense\nselect bad;`)).code).toBe(2);
    expect((await run(`select 1 as a;\n\\q\nselect bad;`)).code).toBe(0);
    expect((await run(`select 'open`)).code).toBe(4);
  });

  test('is read from stdin where that is no terminal', async () => {
    const { dir } = place();

    const { code, out, err } = await telemetry(['shell', '--store', dir], {
      cwd: dir,
      input: 'select count(*) as n from events;\nselect bad;\nselect 3 as n',
    });

    expect({ code, out, err }).toEqual({ code: 4, out: '{"n":2}\n{"n":3}\n', err: says('at stdin:2\n') });
  });

  test('gives values to parameters, and runs saved queries', async () => {
    const { dir, run } = place();
    mkdirSync(join(dir, 'queries'));
    writeFileSync(
      join(dir, 'queries/of.sql'),
      '-- default: service=shop\nselect msg from events where service = $service',
    );

    const { code, out, err } = await run(
      `
      select msg from events where service = $service;
      \\set service shop
      select msg from events where service = $service;
      select 1 as other;
      \\unset service
      @of;
      @of service='web';
      @of wrong=1;
      \\saved`,
      '-v',
      'service=web',
    );

    const rows = '{"msg":"boom"}\n{"msg":"hello"}\n{"other":1}\n{"msg":"hello"}\n{"msg":"boom"}\n';
    expect(out.slice(0, rows.length)).toBe(rows);
    expect(JSON.parse(out.slice(rows.length))).toMatchObject([{ name: 'of' }]);
    expect({ code, err }).toEqual({ code: 2, err: says('has no parameter $wrong') });
  });

  test('describes tables, columns and functions', async () => {
    const { run } = place();

    const { code, out } = await run(
      `\\dt ev*\n.tables streams\n\\d streams\n\\d+ streams\n\\df quantile_c*\n\\d missing`,
    );

    const lines = out.trim().split('\n');
    expect(lines[0]).toBe('{"name":"events","kind":"table","rows":"all events"}');
    expect(lines[1]).toContain('"name":"streams"');
    expect(lines[2]).toBe('{"column":"id","type":"BIGINT"}');
    expect(out).toContain('"share"');
    expect(out).toContain('"name":"quantile_cont"');
    expect(code).toBe(4);
  });

  test('keeps settings from statement to statement', async () => {
    const { run } = place();

    const { out, code } = await run(`
      \\pset null -
      .mode csv
      select null as x, 1 as y;
      \\x
      select 1 as a, null as b;
      \\x
      \\pset format ndjson
      \\since 2099-01-01
      select count(*) as n from events;
      \\since
      \\pset limit 1
      select n from events order by n;
      \\pset limit off
      select n from events order by n;
      \\timing
      select 1 as t;
      \\pset`);

    expect(out).toContain('x,y\n-,1\n');
    expect(out).toContain('a = 1\nb = -\n');
    expect(out).toContain('{"n":0}\n{"n":1}\n{"n":1}\n{"n":2}\n');
    expect(out).toMatch(/\{"t":1\}\nTime: [\d.]+ ms\n/);
    expect(out).toMatch(/^limit +off$/m);
    expect(code).toBe(0);
  });

  test.each([
    ['\\pset nonsense 1', '"nonsense" is not a setting'],
    ['\\pset format xml', '"xml" is not a format'],
    ['\\pset limit few', 'a whole number'],
    ['\\timing maybe', 'on or off'],
    ['\\set 1a b', 'not a name of a variable'],
    ['\\watch soon', 'not a duration'],
    ['\\g', 'nothing was typed yet'],
    ['\\i', 'needs FILE'],
    ['\\i missing.sql', 'cannot read'],
    ['\\o /nowhere/file', 'cannot write'],
    ['.open other', '.open is not a command'],
  ])('refuses %s, and tells why', async (line, problem) => {
    const { run } = place();

    const { code, out, err } = await run(`${line}\n`);

    expect({ out, err }).toEqual({ out: '', err: says(problem) });
    expect(code).not.toBe(0);
  });

  test('writes rows to files and commands, and runs files, also ones that include themselves', async () => {
    const { dir, run } = place();
    writeFileSync(join(dir, 'one.sql'), 'select 1 as one;\n\\echo from the file\n');
    writeFileSync(join(dir, 'round.sql'), `\\i ${join(dir, 'round.sql')}\n`);
    const file = join(dir, 'out.txt');

    const { out, err, code } = await run(`
      \\o ${file}
      select 1 as a;
      select 2 as a;
      \\o | tr a-z A-Z > ${dir}/loud.txt
      select 'x' as a;
      \\o
      select 3 as a \\g ${dir}/once.txt
      .once '${dir}/next one.txt'
      select 4 as a;
      select 5 as b \\g | tr b c > ${dir}/piped.txt
      select 4 as a;
      \\i ${join(dir, 'one.sql')}
      \\! echo system
      \\w ${dir}/written.sql
      \\i ${join(dir, 'round.sql')}`);

    expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"a":2}\n');
    expect(readFileSync(join(dir, 'loud.txt'), 'utf8')).toBe('{"A":"X"}\n');
    expect(readFileSync(join(dir, 'once.txt'), 'utf8')).toBe('{"a":3}\n');
    expect(readFileSync(join(dir, 'next one.txt'), 'utf8')).toBe('{"a":4}\n');
    expect(readFileSync(join(dir, 'piped.txt'), 'utf8')).toBe('{"c":5}\n');
    expect(readFileSync(join(dir, 'written.sql'), 'utf8')).toBe('select 1 as one;\n');
    expect(out).toBe('{"a":4}\n{"one":1}\nfrom the file\n');
    expect({ code, err }).toEqual({ code: 2, err: says('more than 16 deep') });
  });

  test('holds nothing of the store between statements, and sees what came meanwhile', async () => {
    const { dir, run } = place();
    const bin = process.execPath;
    const look = `const Database = require(${JSON.stringify(require.resolve(SQLITE_PACKAGE))});
      const db = new Database('${dir}/telemetry.db');
      const [{ busy }] = db.pragma('wal_checkpoint(truncate)');
      db.prepare("insert into streams(started_at, transport, remote, path, headers, events) select started_at, transport, remote, path, headers, 0 from streams limit 1").run();
      console.error('busy ' + busy);`;
    const command = join(dir, 'look.cjs');
    writeFileSync(command, look);

    const { out } = await run(
      `select count(*) as n from streams;\n\\! ${bin} ${command} 2> ${dir}/busy.txt\nselect count(*) as n from streams;`,
    );

    const [before, after] = out
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { n: number }).n);
    expect(after).toBe(before! + 1);
    expect(readFileSync(join(dir, 'busy.txt'), 'utf8')).toContain('busy 0');
    expect(existsSync(join(dir, 'readers')) ? readdirSync(join(dir, 'readers')) : []).toEqual([]);
  });

  test('needs a store', async () => {
    const { dir } = place();

    expect(await commandInProcess(['shell', '--store', join(dir, 'none')], { cwd: dir })).toMatchObject({
      code: 3,
      err: says('there is no telemetry store'),
    });
  });
});
