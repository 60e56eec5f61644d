import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { payloads } from '../helpers/store.js';
import { cleanEnv, TELEMETRY, temporaryDirectory } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

interface Setup {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

type Event = Readonly<Record<string, unknown>>;

/** A directory with a store in it, and how to run commands there. */
export function workplace() {
  const cwd = temporaryDirectory();
  onTestFinished(() => removeDirectory(cwd));
  const store = join(cwd, 'store');

  /** In a session of its own: a terminal that runs the tests is none of its business. */
  function start(command: readonly string[], { args = [], env = {} }: Setup = {}) {
    const child = spawn(process.execPath, [TELEMETRY, 'run', '--store', store, ...args, '--', ...command], {
      cwd,
      env: cleanEnv(cwd, env),
      detached: true,
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    return { child, said: () => said, ended: once(child, 'close') as Promise<[number | null]> };
  }

  return {
    cwd,
    store,
    start,
    run: async (command: readonly string[], setup: Setup = {}) => {
      const { child, said, ended } = start(command, setup);
      child.stdin.end(setup.input ?? '');
      const [err, [code]] = await Promise.all([text(child.stderr), ended]);
      return { code, out: said(), err };
    },
    node: (script: string) => [process.execPath, '--input-type=module', '-e', script],
    events: () => payloads(store).map(payload => JSON.parse(payload) as Event),
    end: () =>
      payloads(store)
        .map(payload => JSON.parse(payload) as Event)
        .find(event => event.event_name === 'command.exit'),
  };
}
