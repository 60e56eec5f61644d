import { spawn, spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { program } from './process.mjs';

/** What each program of the folder encoders writes after an event: no JSON text has it. */
const SEPARATOR = '\x1e';

const own = (...path) => program('encoders', ...path);

/** Encoders of JSON, each with the command that runs it, or undefined where the machine lacks its tool. */
const ENCODERS = [
  ['JavaScript', () => [process.execPath, own('javascript.mjs'), 'none']],
  ['JavaScript, two blanks', () => [process.execPath, own('javascript.mjs'), 'two']],
  ['JavaScript, tabs', () => [process.execPath, own('javascript.mjs'), 'tab']],
  ['Python', () => python('default')],
  ['Python, UTF-8', () => python('utf8')],
  ['Python, indent', () => python('indent')],
  ['Go', () => installed('go', 'version') && ['go', 'run', '-C', own('go'), '.']],
  ['Gson', scratch => java(scratch, 'gson')],
  ['Jackson', scratch => java(scratch, 'jackson')],
  ['Jackson, ASCII', scratch => java(scratch, 'jackson-ascii')],
  ['PHP', () => php('default')],
  ['PHP, pretty', () => php('pretty')],
  ['Ruby', () => ruby('generate')],
  ['Ruby, pretty', () => ruby('pretty_generate')],
  ['Perl', () => installed('perl', '-MJSON::PP', '-e1') && ['perl', own('perl.pl')]],
];

/**
 * Has each encoder that is at hand write events, and calls with each one's name and texts.
 * @param scratch a folder for what they need.
 * @param file the events, one a line.
 * @returns the names of those that are not at hand.
 */
export async function withEncoders(scratch, file, use) {
  const absent = [];
  for (const [name, commandOf] of ENCODERS) {
    const command = commandOf(scratch);
    if (command) await use(name, await encoded(command, file));
    else absent.push(name);
  }
  return absent;
}

function encoded([name, ...args], file) {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const out = [];
    createReadStream(file).pipe(child.stdin);
    child.stdout.on('data', chunk => out.push(chunk));
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) resolve(Buffer.concat(out).toString().split(SEPARATOR).slice(0, -1));
      else reject(new Error(`${name} ${args.join(' ')} ended with ${code}`));
    });
  });
}

function installed(name, ...args) {
  return spawnSync(name, args, { stdio: 'ignore' }).status === 0;
}

function python(style) {
  return installed('python3', '--version') && ['python3', own('python.py'), style];
}

function php(style) {
  return installed('php', '--version') && ['php', own('php.php'), style];
}

function ruby(method) {
  return installed('ruby', '--version') && ['ruby', own('ruby.rb'), method];
}

function java(scratch, encoder) {
  if (!installed('java', '--version')) return undefined;
  const list = join(mkdtempSync(join(scratch, 'java-')), 'classpath');
  const args = ['-q', '-B', '-f', own('java', 'pom.xml'), 'dependency:build-classpath', `-Dmdep.outputFile=${list}`];
  if (!installed('mvn', ...args)) return undefined;
  return ['java', '-Dfile.encoding=UTF-8', '-cp', readFileSync(list, 'utf8'), own('java', 'Encoders.java'), encoder];
}
