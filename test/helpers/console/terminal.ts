import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { cleanEnv, TELEMETRY } from '../../cli/command.js';
import type { Page } from './page.js';
import { removeDirectory } from '../remove-directory.js';

/** Wide enough for the tables of the manual. */
const COLUMNS = 100;

/** Less than the time that a test has, so that what was printed is shown. */
const PAGE_MS = 220_000;

/** Before the output of each command, its number follows. No command prints this character. */
const MARK = '\u001e';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Types the commands of a page into bash, on a terminal, in a directory and a home that are new, with a server on the
 * store there. The server has a loopback address of its own, so that it takes the ports that the manual names.
 * @returns what each command printed, as lines.
 */
export async function typePage(page: Page): Promise<string[][]> {
  const home = mkdtempSync(join(tmpdir(), 'telemetry-docs-'));
  const address = `127.${pick(1, 254)}.${pick(0, 255)}.${pick(1, 254)}`;
  const here = (shell: string): string => shell.replace(/\blocalhost\b|\b127\.0\.0\.1\b/g, address);
  try {
    mkdirSync(join(home, 'bin'));
    writeFileSync(join(home, 'bin/telemetry'), `#!/bin/sh\nexec "${process.execPath}" "${TELEMETRY}" "$@"\n`, {
      mode: 0o755,
    });
    const cwd = join(home, 'work');
    mkdirSync(cwd);
    // Programs of the manual import packages as they would in the clone.
    symlinkSync(join(root, 'node_modules'), join(cwd, 'node_modules'));
    for (const [name, contents] of page.files) {
      mkdirSync(dirname(join(cwd, name)), { recursive: true });
      writeFileSync(join(cwd, name), here(contents));
    }
    writeFileSync(join(home, 'page.sh'), here(scriptOf(page)));
    const env = cleanEnv(home, {
      PATH: `${join(home, 'bin')}:${process.env.PATH ?? ''}`,
      TELEMETRY_HOST: address,
      TERM: 'dumb',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
    });
    delete env.XDG_DATA_HOME;
    const printed = await terminal(`bash ${join(home, 'page.sh')}`, cwd, env);
    return outputs(printed.replaceAll(address, '127.0.0.1').replaceAll(home, '/home/ada'), page.commands.length);
  } finally {
    removeDirectory(home);
  }
}

function pick(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}

/** The page as a script of bash. `serve` runs in the background, and prints what it says at its start. */
function scriptOf({ commands, hasNoServer }: Page): string {
  const startsItself =
    commands.find(({ expected }) => expected !== undefined)?.text.startsWith('telemetry serve') ?? false;
  return `
stty cols ${COLUMNS} -onlcr -echo
set +m
serve() {
  local arg args=() log="$HOME/serve.log"
  stop; : >"$log"
  for arg in "$@"; do
    args+=("$arg")
    case $arg in
      --syslog) args+=("127.0.0.1:5514") ;;
      --statsd) args+=("127.0.0.1:8125") ;;
    esac
  done
  command telemetry serve "\${args[@]}" >"$log" 2>&1 </dev/null &
  server=$!
  until grep -q "listens on" "$log" && grep -q '^$' "$log"; do
    kill -0 "$server" 2>/dev/null || break
    sleep 0.02
  done
  sed '/^$/,$d' "$log"
}
stop() { [ -z "$server" ] || { kill "$server"; wait "$server"; } 2>/dev/null; server=; }
fresh() { stop; rm -rf ~/.local/share/telemetry; serve >/dev/null; }
telemetry() {
  if [ "$1" = serve ]; then shift; serve "$@"; else command telemetry "$@"; fi
}
server=
trap stop EXIT
${hasNoServer || startsItself ? '' : 'serve >/dev/null'}
${commands.map(({ text }, index) => `printf '${MARK}${index}\\n'\n${text}`).join('\n')}
printf '${MARK}end\\n'
`;
}

/** Runs a shell command on a pseudo-terminal, and returns all that it printed. */
async function terminal(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PAGE_MS,
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return out + err;
}

function outputs(printed: string, count: number): string[][] {
  const parts = printed.split(MARK).slice(1);
  return Array.from({ length: count }, (_, index) => {
    const part = parts.find(found => found.startsWith(`${index}\n`));
    return part === undefined ? ['(the command did not run)'] : part.split('\n').slice(1);
  });
}
