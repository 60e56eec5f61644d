import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { telemetry, temporaryDirectory } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

describe('telemetry config', () => {
  let cwd: string;
  beforeEach(() => (cwd = temporaryDirectory()));
  afterEach(() => removeDirectory(cwd));

  test('prints settings of each source with their origin, and no secret', async () => {
    const file = join(cwd, 'telemetry.config.json');
    const userFile = join(cwd, '.config', 'telemetry', 'telemetry.config.json');
    mkdirSync(join(cwd, '.config', 'telemetry'), { recursive: true });
    writeFileSync(file, '{"host": "::1", "token": "s3cret"}');
    writeFileSync(userFile, '{"tz": "Europe/Oslo"}');

    const { code, out } = await telemetry(['config', '--store', 'here', '--format', 'json'], {
      cwd,
      env: { TELEMETRY_PORT: '9000' },
    });

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      store: { value: join(cwd, 'here'), from: 'flag', name: '--store' },
      port: { value: 9000, from: 'variable', name: 'TELEMETRY_PORT' },
      host: { value: '::1', from: 'project', name: file },
      token: { value: '***', from: 'project', name: file },
      tz: { value: 'Europe/Oslo', from: 'user', name: userFile },
      durability: { value: 'fsync', from: 'default' },
      format: { value: null, from: 'default' },
    });
    expect(out).not.toContain('s3cret');
  });

  test('given --format table, then one line a setting', async () => {
    const { code, out } = await telemetry(['config', '--format', 'table'], { cwd, env: { TELEMETRY_TOKEN: 's3cret' } });

    expect(code).toBe(0);
    expect(out).toMatch(/port\s.*4318\s.*default/);
    expect(out).toMatch(/token\s.*\*\*\*\s.*variable TELEMETRY_TOKEN/);
    expect(out).not.toContain('s3cret');
  });
});
