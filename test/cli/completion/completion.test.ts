import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bashScript } from '../../../src/cli/completion/bash.js';
import { fishScript } from '../../../src/cli/completion/fish.js';
import { treeOf } from '../../../src/cli/completion/tree.js';
import { zshScript } from '../../../src/cli/completion/zsh.js';
import { createProgram } from '../../../src/cli/program.js';
import { createToken, revokeToken } from '../../../src/store/catalog/tokens.js';
import { openTestJournal } from '../../helpers/journal.js';
import { cleanEnv, TELEMETRY, temporaryDirectory } from '../command.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

const tree = treeOf(createProgram(() => Promise.reject(new Error('no command runs here'))).program);
const has = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0;

let cwd: string;
beforeEach(() => {
  cwd = temporaryDirectory();
  mkdirSync(join(cwd, 'bin'));
  writeFileSync(join(cwd, 'bin', 'telemetry'), `#!/bin/sh\nexec '${process.execPath}' '${TELEMETRY}' "$@"\n`, {
    mode: 0o755,
  });
  mkdirSync(join(cwd, 'my store'));
  writeFileSync(join(cwd, 'query.sql'), '');
  writeFileSync(join(cwd, 'users.csv'), '');
});
afterEach(() => removeDirectory(cwd));

/** The environment in which the scripts find the command. */
const env = (): NodeJS.ProcessEnv => ({ ...cleanEnv(cwd), PATH: `${join(cwd, 'bin')}:${process.env.PATH ?? ''}` });

/** A store with keys that a shell would obey. */
function makeStore(): void {
  const journal = openTestJournal(join(cwd, 'kept'));
  journal.append([
    {
      type: 'hosts',
      service_name: 'api',
      'http.route': '/',
      'a b': 1,
      '$(touch pwned)': 1,
      '`touch pwned`': 1,
      ';x': 1,
    },
    { type: 'my type', duration_ms: 1, duration_ns: 1 },
  ]);
  journal.close();
  createToken(join(cwd, 'kept'), 'ci', ['ingest'], 0);
  createToken(join(cwd, 'kept'), 'grafana', ['query'], 0);
  createToken(join(cwd, 'kept'), 'gone', ['query'], 0);
  revokeToken(join(cwd, 'kept'), 'gone', 0);
}

test.each([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
])('the command prints the script of %s for all commands', (shell, scriptOf) => {
  const out = execFileSync(process.execPath, [TELEMETRY, 'completion', shell], {
    env: cleanEnv(cwd),
    encoding: 'utf8',
  });
  expect(out).toBe(scriptOf(tree));
});

describe('the bash script', () => {
  /** Runs bash's own function on words as bash splits them; the last is the one being completed. */
  function complete(...words: string[]): string[] {
    const driver = `
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      _telemetry
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const out = execFileSync('bash', ['-c', `${bashScript(tree)}\n${driver}`, 'bash', 'telemetry', ...words], {
      cwd,
      env: env(),
      encoding: 'utf8',
    });
    return out.split('\n').filter(line => line !== '');
  }

  test.each([
    ['the start of a command', ['se'], ['serve', 'send', 'seal']],
    ['a command after the store', ['--store', 'x', 'ta'], ['tail']],
    ['the start of an option', ['query', '--ti'], ['--timeout']],
    ['an option of another command', ['stats', '--tim'], []],
    ['a value with choices', ['tail', '--format', ''], ['pretty', 'ndjson', 'csv', 'tsv', 'markdown', 'line']],
    ['a value after a sign', ['tail', '--format', '=', 'n'], ['ndjson']],
    ['a value right after a sign', ['serve', '--durability', '='], ['fsync', 'os', 'none']],
    ['a shell', ['completion', 'z'], ['zsh']],
    ['help', ['help', 'pr'], ['prune']],
    ['a file', ['query', '-f', 'q'], ['query.sql']],
    ['a directory with a space', ['stats', '--store', 'm'], ['my store']],
    ['a file after a name', ['query', '--with', 'u', '=', 'us'], ['users.csv']],
    ['a name before a file', ['query', '--with', 'us'], []],
    ['a free value', ['query', '--since', ''], []],
    ['a severity', ['tail', '--level', 'e'], ['error']],
    ['an action', ['token', 're'], ['revoke']],
    ['types without a store', ['tail', '--type', ''], ['log', 'trace', 'metric', 'event']],
  ])('given %s, then its completions', (_case, words, completions) => {
    expect(complete(...words)).toEqual(completions);
  });

  test.each([
    ['columns', ['tail', '--store', 'kept', '--columns', 'dur'], ['duration_ms', 'duration_ns']],
    ['columns in a list', ['tail', '--store', '=', 'kept', '--columns', '=', 'id,http'], ['id,http.route']],
    ['types', ['--store', 'kept', 'tail', '--type', 'h'], ['hosts']],
    ['services', ['tail', '--store', 'kept', '--service', ''], ['api']],
    ['tokens', ['token', '--store', 'kept', 'revoke', ''], ['ci', 'grafana']],
    ['tokens before the store', ['token', 'revoke', '--store', 'kept', 'g'], ['grafana']],
    ['an option all the same', ['token', 'revoke', '--fo'], ['--format']],
    ['columns to index', ['index', 'add', '--store', 'kept', 'http'], ['http.route']],
    ['columns to count by', ['stats', '--store', 'kept', '--by', 'ser'], ['service', 'service_name']],
  ])('completes %s of the store', (_what, words, completions) => {
    makeStore();
    expect(complete(...words)).toEqual(completions);
  });

  test('offers no name that a shell would obey, and runs none', () => {
    makeStore();
    const names = complete('tail', '--store', 'kept', '--columns', '');
    expect(names).toContain('http.route');
    expect(names.filter(name => /[$\x60; ]/.test(name))).toEqual([]);
    expect(existsSync(join(cwd, 'pwned'))).toBe(false);
  });

  test('given nothing, then every command is offered', () => {
    expect(complete('')).toEqual(expect.arrayContaining(tree.commands.map(({ name }) => name)));
  });
});

describe.skipIf(!has('zsh'))('the zsh script (skipped where there is no zsh)', () => {
  test('given the script, then zsh parses it, and sourcing it registers the function', () => {
    const script = `autoload -Uz compinit && compinit -u -D; source =(cat); print $_comps[telemetry]`;

    expect(spawnSync('zsh', ['-n'], { input: zshScript(tree), encoding: 'utf8' })).toMatchObject({
      stderr: '',
      status: 0,
    });
    expect(execFileSync('zsh', ['-fc', script], { input: zshScript(tree), encoding: 'utf8' })).toBe('_telemetry\n');
  });
});

describe.skipIf(!has('fish'))('the fish script (skipped where there is no fish)', () => {
  function complete(line: string): string[] {
    writeFileSync(join(cwd, 'script.fish'), fishScript(tree));
    const out = execFileSync('fish', ['--no-config', '-c', `source script.fish; complete -C '${line}'`], {
      cwd,
      env: env(),
      encoding: 'utf8',
    });
    return out
      .split('\n')
      .filter(text => text !== '')
      .map(text => text.split('\t')[0]!);
  }

  test.each([
    ['telemetry se', ['seal', 'send', 'serve']],
    ['telemetry --store x ta', ['tail']],
    ['telemetry tail --format ', ['csv', 'line', 'markdown', 'ndjson', 'pretty', 'tsv']],
    ['telemetry query --time', ['--timeout']],
    ['telemetry completion z', ['zsh']],
    ['telemetry query -f q', ['query.sql']],
    ['telemetry tail --store kept --columns dur', ['duration_ms', 'duration_ns']],
    ['telemetry tail --store=kept --columns=id,http', ['--columns=id,http.route']],
    ['telemetry token revoke --store kept ', ['ci', 'grafana']],
    ['telemetry tail --level e', ['error']],
    ['telemetry token re', ['revoke']],
  ])('given "%s", then its completions', (line, completions) => {
    makeStore();
    expect(complete(line).sort()).toEqual(completions);
  });
});
