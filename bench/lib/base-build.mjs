import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { program } from './process.mjs';
import { keptFolder } from './scratch.mjs';

/** The commit that the bounds "against" compare with. */
export const BASE_COMMIT = '1c7610e';

const root = dirname(program());

let made;

/** The command of a build of {@link BASE_COMMIT}; undefined where its worktree cannot be made. Made once a run. */
export function baseBuild() {
  made ??= { command: make() };
  return made.command;
}

function make() {
  const folder = join(keptFolder('base'), 'checkout');
  const run = (name, ...args) => execFileSync(name, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    run('git', 'worktree', 'add', '--detach', folder, BASE_COMMIT);
    process.once('exit', () => run('git', 'worktree', 'prune'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    return join(folder, 'bin', 'telemetry.js');
  } catch (error) {
    process.stderr.write(
      `  without a comparison with ${BASE_COMMIT}: ${String(error.stderr ?? error.message).trim()}\n`,
    );
    return undefined;
  }
}
