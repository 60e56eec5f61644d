import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { until } from './store.js';

/** Runs a command on a pseudo-terminal of a size, and joins it to stdin and stdout. */
const PYTHON = `
import fcntl, os, pty, select, struct, sys, termios
rows, columns = int(sys.argv[1]), int(sys.argv[2])
pid, master = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    os.execvp(sys.argv[3], sys.argv[3:])
watched = [0, master]
while True:
    ready, _, _ = select.select(watched, [], [])
    if 0 in ready:
        data = os.read(0, 65536)
        if data: os.write(master, data)
        else: watched.remove(0)
    if master in ready:
        try: data = os.read(master, 65536)
        except OSError: data = b''
        if not data: break
        os.write(1, data)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
`;

export interface TerminalSetup {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly rows?: number;
  readonly columns?: number;
}

/** A command that runs on a terminal, with a person at its keys. */
export class PseudoTerminal {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown[]>;
  #printed = '';
  #seen = 0;

  constructor(command: readonly string[], { cwd, env, rows = 24, columns = 80 }: TerminalSetup) {
    this.#child = spawn('python3', ['-c', PYTHON, String(rows), String(columns), ...command], { cwd, env });
    this.#ended = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.#printed += chunk.toString()));
    }
  }

  /** All that was printed, without escape sequences. */
  get text(): string {
    return stripVTControlCharacters(this.#printed).replaceAll('\r', '');
  }

  /** Types a text; a line ends with `\r`, Ctrl-C is `\x03`. */
  type(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Waits for a text after the last one that was waited for. Returns what was printed up to its end. */
  async waitFor(text: string): Promise<string> {
    await until(
      () => this.text.includes(text, this.#seen),
      `${JSON.stringify(text)} after ${JSON.stringify(this.text.slice(-500))}`,
    );
    const end = this.text.indexOf(text, this.#seen) + text.length;
    const printed = this.text.slice(this.#seen, end);
    this.#seen = end;
    return printed;
  }

  /** Waits for the end of the command. Returns its exit code. */
  async exitCode(): Promise<number | null> {
    const [code] = (await this.#ended) as [number | null];
    return code;
  }

  /** Ends the command, if it still runs. */
  kill(): void {
    this.#child.kill();
  }
}
