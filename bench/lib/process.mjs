import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bench = dirname(dirname(fileURLToPath(import.meta.url)));

/** The built command. */
export const TELEMETRY = join(dirname(bench), 'bin', 'telemetry.js');

/** A program of this folder. */
export function program(...path) {
  return join(bench, ...path);
}

/** The environment without anything that would change what telemetry does. */
export function cleanEnvironment(home) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:TELEMETRY|NODE)_/.test(name));
  return { ...Object.fromEntries(kept), XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
}

/** Runs a Node program to its end, and times the whole process: { text of stdout, ms }. */
export function runNode(args, options = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const out = [];
    const err = [];
    child.stdout.on('data', chunk => out.push(chunk));
    child.stderr.on('data', chunk => err.push(chunk));
    child.on('error', reject);
    child.on('close', code => {
      const ms = performance.now() - started;
      if (code === 0) resolve({ text: Buffer.concat(out).toString(), ms });
      else reject(new Error(`node ${args.join(' ')} ended with ${code}:\n${Buffer.concat(err).toString()}`));
    });
  });
}

/** Runs a program of this folder that takes its settings and prints its result as JSON. */
export async function runJson(path, settings) {
  const { text } = await runNode([path, JSON.stringify(settings)]);
  return JSON.parse(text);
}

/** Stops a child and waits until it is gone. */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}
