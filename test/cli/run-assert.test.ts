import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workplace } from './workplace.js';

const CHECKS = `-- name: quiet
select count(*) = 0 from logs where message like '%bad%' and run_id = $run_id;
-- name: ended
select count(*) = 1 from events where name = 'command.exit' and run_id = $run_id`;

describe('telemetry run --assert', () => {
  test('checks the events of its own run, and keeps the exit code of a command that fails', async () => {
    const place = workplace();
    writeFileSync(join(place.cwd, 'checks.sql'), CHECKS);
    const args = ['--assert', 'checks.sql'];

    const bad = await place.run(['sh', '-c', 'echo bad'], { args });
    expect(bad).toMatchObject({ code: 1, out: 'bad\n' });
    expect(bad.err).toMatch(/^not ok: quiet: count\(\*\) is 1\n/);
    expect(bad.err).not.toContain('ended');

    expect(await place.run(['sh', '-c', 'echo good'], { args })).toMatchObject({ code: 0, out: 'good\n', err: '' });
    expect(await place.run(['sh', '-c', 'echo bad; exit 7'], { args })).toMatchObject({ code: 7 });
  });

  test('does not run the command when the file cannot be read or the server is elsewhere', async () => {
    const place = workplace();
    writeFileSync(join(place.cwd, 'checks.sql'), CHECKS);

    expect(await place.run(['echo', 'ran'], { args: ['--assert', 'missing.sql'] })).toMatchObject({ code: 1, out: '' });
    const url = ['--assert', 'checks.sql', '--url', 'http://127.0.0.1:9'];
    expect(await place.run(['echo', 'ran'], { args: url })).toMatchObject({ code: 2, out: '' });
  });
});
