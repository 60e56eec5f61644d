import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { findQuerySocket } from '../../../src/cli/query-service/find-socket.js';
import { temporaryStore } from '../../helpers/store.js';

describe('the query socket of a command line', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryStore();
    for (const name of ['flag', 'variable', 'project', 'user', 'data/telemetry']) server(join(home, name));
    mkdirSync(join(home, 'work/deep'), { recursive: true });
    mkdirSync(join(home, 'config/telemetry'), { recursive: true });
  });

  /** A store with a running server: this process. */
  function server(dir: string): void {
    mkdirSync(dir, { recursive: true });
    const file = { pid: process.pid, url: 'http://127.0.0.1:1', querySocket: join(dir, 'query.sock') };
    writeFileSync(join(dir, 'server.json'), JSON.stringify(file));
  }

  const found = (args: string[], env: Record<string, string> = {}): string | undefined =>
    findQuerySocket(
      args,
      { XDG_CONFIG_HOME: join(home, 'config'), XDG_DATA_HOME: join(home, 'data'), ...env },
      join(home, 'work/deep'),
    )?.slice(home.length + 1);

  test('is looked for by flag, variable, project file, user file and default', () => {
    expect(found(['query'])).toBe('data/telemetry/query.sock');
    writeFileSync(join(home, 'config/telemetry/telemetry.config.json'), '{"store":"../../user"}');
    expect(found(['query'])).toBe('user/query.sock');
    writeFileSync(join(home, 'work/telemetry.config.json'), '{"store":"../project"}');
    expect(found(['query'])).toBe('project/query.sock');
    expect(found(['query'], { TELEMETRY_STORE: '../../variable' })).toBe('variable/query.sock');
    expect(found(['query', '--store', '../../flag'], { TELEMETRY_STORE: '../../variable' })).toBe('flag/query.sock');
    expect(found(['--store=../../flag', 'query'])).toBe('flag/query.sock');
  });

  test('is none without a server, and with a config file that is no JSON', () => {
    expect(found(['query', '--store', '../../nowhere'])).toBeUndefined();
    writeFileSync(join(home, 'work/telemetry.config.json'), '{"store":');
    expect(found(['query'])).toBe('data/telemetry/query.sock');
  });
});
