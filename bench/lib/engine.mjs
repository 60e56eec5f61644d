import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { program } from './process.mjs';

/** Starts an engine by its script in scripts/engines, in a folder that it makes: { values, stop }. */
export async function startEngine(name) {
  const out = await script(name, 'start');
  const values = Object.fromEntries(
    out.split('\n').flatMap(line => (line.includes('=') ? [/^([^=]*)=(.*)$/.exec(line).slice(1)] : [])),
  );
  return { values, stop: () => script(name, 'stop', values.DIR) };
}

function script(name, ...args) {
  const file = join(dirname(program()), 'scripts', 'engines', `${name}.sh`);
  return new Promise((resolve, reject) => {
    execFile(file, args, (error, out, err) => {
      if (error) reject(new Error(`${name}.sh ${args[0]}: ${err}`));
      else resolve(out);
    });
  });
}
