import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveSettings } from '../../../src/cli/config/resolve.js';
import type { Flags, Settings } from '../../../src/cli/config/resolve.js';
import { SETTING_KEYS } from '../../../src/cli/config/settings.js';
import { variableOf } from '../../../src/cli/config/setting.js';
import { TelemetryError } from '../../../src/core/errors.js';
import { temporaryDirectory } from '../command.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

describe('resolveSettings', () => {
  let root: string;
  let project: string;
  let cwd: string;
  let userDir: string;

  beforeEach(() => {
    root = temporaryDirectory();
    project = join(root, 'project');
    cwd = join(project, 'a', 'b');
    userDir = join(root, 'config', 'telemetry');
    mkdirSync(cwd, { recursive: true });
    mkdirSync(userDir, { recursive: true });
  });
  afterEach(() => removeDirectory(root));

  const writeProject = (text: string): void => writeFileSync(join(project, 'telemetry.config.json'), text);
  const writeUser = (text: string): void => writeFileSync(join(userDir, 'telemetry.config.json'), text);
  const resolve = (flags: Flags = {}, env: Record<string, string> = {}): Promise<Settings> =>
    resolveSettings({ flags, env: { XDG_CONFIG_HOME: join(root, 'config'), ...env }, cwd });

  test('prefers flag, variable, project file, user file and default, in this order', async () => {
    const flags = { port: '1' };
    const env = { TELEMETRY_PORT: '2' };
    writeProject('{"port": 3}');
    writeUser('{"port": 4}');
    const steps: [string, number][] = [];
    const take = (settings: Settings): void => {
      steps.push([settings.origin('port').kind, settings.get('port')]);
    };

    take(await resolve(flags, env));
    take(await resolve({}, env));
    take(await resolve());
    rmSync(join(project, 'telemetry.config.json'));
    take(await resolve());
    removeDirectory(userDir);
    take(await resolve());

    expect(steps).toEqual([
      ['flag', 1],
      ['variable', 2],
      ['project', 3],
      ['user', 4],
      ['default', 4318],
    ]);
  });

  test('resolves a relative store from its file, or from the working directory', async () => {
    writeProject('{"store": "./data"}');

    expect((await resolve()).get('store')).toBe(join(project, 'data'));
    expect((await resolve({ store: 'x' })).get('store')).toBe(join(cwd, 'x'));
    expect((await resolve({}, { TELEMETRY_STORE: 'y' })).get('store')).toBe(join(cwd, 'y'));
  });

  test('defaults to the XDG data directory unless its variable is empty or relative', async () => {
    expect((await resolve({}, { XDG_DATA_HOME: '/data' })).get('store')).toBe('/data/telemetry');
    for (const XDG_DATA_HOME of ['', 'relative']) {
      expect((await resolve({}, { XDG_DATA_HOME })).get('store')).toMatch(/\/\.local\/share\/telemetry$/);
    }
  });

  test('given an empty variable, then it counts as not set', async () => {
    const settings = await resolve({}, { TELEMETRY_PORT: '', TELEMETRY_TOKEN: '' });

    expect(settings.get('port')).toBe(4318);
    expect(settings.get('token')).toBeUndefined();
    expect(settings.origin('token').kind).toBe('default');
  });

  test('splits a variable at commas; takes an array or value in a file, repeated flags', async () => {
    writeProject('{"cors": ["https://a.example", "https://b.example"], "allowHost": "box"}');

    const fromFile = await resolve();
    expect(fromFile.get('cors')).toEqual(['https://a.example', 'https://b.example']);
    expect(fromFile.get('allowHost')).toEqual(['box']);
    expect((await resolve({}, { TELEMETRY_CORS: 'https://x.example, *' })).get('cors')).toEqual([
      'https://x.example',
      '*',
    ]);
    expect((await resolve({ cors: ['http://p', 'http://q:81'] })).get('cors')).toEqual(['http://p', 'http://q:81']);
  });

  test('takes texts and objects as scrape targets in a file, and names an invalid one', async () => {
    writeProject('{"scrape": ["box:1", {"url": "box:2", "labels": {"env": "dev"}}]}');
    expect((await resolve()).get('scrape').map(({ url }) => url)).toEqual([
      'http://box:1/metrics',
      'http://box:2/metrics',
    ]);
    expect((await resolve({}, { TELEMETRY_SCRAPE: 'a=5s,b' })).get('scrape')).toMatchObject([
      { intervalMs: 5000 },
      { intervalMs: 60_000 },
    ]);

    writeProject('{"scrape": [{"uri": "box"}]}');
    const settings = await resolve();
    expect(() => settings.get('scrape')).toThrow('telemetry.config.json: scrape: unknown key "uri" in a scrape target');
  });

  test('uses the default of an optional flag value; false turns a file setting off', async () => {
    writeProject('{"hostMetrics": true}');
    expect((await resolve()).get('hostMetrics')).toBe(60_000);
    expect((await resolve({}, { TELEMETRY_HOST_METRICS: 'false' })).get('hostMetrics')).toBeUndefined();
    expect((await resolve({ hostMetrics: true })).get('hostMetrics')).toBe(60_000);
    expect((await resolve({ hostMetrics: '5s' })).get('hostMetrics')).toBe(5000);
    const unfit = await resolve({ hostMetrics: '1ms' });
    expect(() => unfit.get('hostMetrics')).toThrow('--host-metrics: "1ms" is not an interval');
  });

  test('names the file, an unknown key and a similar one in the error', async () => {
    writeProject('{"maxEventsize": 1, "port": 1}');
    const near = await resolve().catch((error: unknown) => error);
    writeProject('{"zzzzzzzzzz": 1}');
    const far = await resolve().catch((error: unknown) => error);

    expect(near).toMatchObject({
      kind: 'usage',
      message: `${join(project, 'telemetry.config.json')}: unknown setting "maxEventsize"`,
      remedy: 'Did you mean "maxEventSize"?',
    });
    expect((far as TelemetryError).remedy).toContain('The settings are store, ');
  });

  test.each([
    ['{"port": "http"}', 'port: "http" is not a port'],
    ['{"port": null}', 'port cannot be null'],
    ['{"port": [1, 2]}', 'port takes one value, not a list'],
    ['{"cors": [{}]}', 'cors cannot be {}'],
    ['{"maxEventSize": "65MiB"}', 'maxEventSize: "65MiB" is too large'],
  ])('names file and key in the error for the content %s', async (text, problem) => {
    writeProject(text);
    const settings = await resolve();

    expect(() => SETTING_KEYS.map(key => settings.get(key))).toThrow(
      `${join(project, 'telemetry.config.json')}: ${problem}`,
    );
  });

  test.each(['{', '[]', 'null', '"x"'])('given a file that holds %s, then a usage error names it', async text => {
    writeUser(text);

    await expect(resolve()).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining(userDir) as string,
    });
  });

  test('fails with the name of an invalid variable only when its setting is used', async () => {
    const settings = await resolve({}, { TELEMETRY_PORT: 'tcp://10.0.0.1:4318' });

    expect(settings.get('host')).toBe('127.0.0.1');
    expect(() => settings.get('port')).toThrow('TELEMETRY_PORT: "tcp://10.0.0.1:4318" is not a port');
  });

  test('given an empty flag, then an error', async () => {
    const settings = await resolve({ store: '' });

    expect(() => settings.get('store')).toThrow('--store is empty');
  });

  test('given a setting of several words, then its variable is in upper snake case', () => {
    expect(variableOf('maxEventSize')).toBe('TELEMETRY_MAX_EVENT_SIZE');
    expect(variableOf('store')).toBe('TELEMETRY_STORE');
  });
});
