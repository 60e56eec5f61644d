import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Output, Streams } from '../../shared/streams.js';
import { streamsWith, type Sink } from './sink.js';

/** Exit codes of a shell for a command that it cannot run. */
const CANNOT_RUN: readonly (number | null)[] = [126, 127];

/** Options that `less` takes from the environment, unless the user has set some: show colours, and cut long lines. */
const LESS = 'RS';

export interface PagerOptions {
  readonly base: Streams;
  /** A command of the system's shell. */
  readonly command: string;
  /** The height of the terminal, in lines. */
  readonly rows: number;
  readonly columns: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A sink for a terminal: output that is longer than the screen goes to a pager, which starts with the first lines. */
export class PagerSink implements Sink {
  readonly streams: Streams;
  readonly #options: PagerOptions;
  #held = '';
  #lines = 0;
  #isClosed = false;
  #pager: ChildProcessByStdio<Writable, null, null> | undefined;
  #ended: Promise<unknown[]> | undefined;
  #errors = '';

  constructor(options: PagerOptions) {
    this.#options = options;
    const isClosed = (): boolean => this.#isClosed;
    const out: Output = { write: text => this.#write(text) };
    // What is written below a pager would garble its screen.
    const err: Output = {
      write: text => {
        if (!this.#pager) return this.#flushThen(() => options.base.err.write(text));
        this.#errors += typeof text === 'string' ? text : Buffer.from(text).toString();
        return Promise.resolve();
      },
    };
    this.streams = streamsWith(options.base, {
      out,
      err,
      columns: options.columns,
      canRedraw: false,
      get outClosed() {
        return isClosed();
      },
    });
  }

  /** True where the pager could not be started, so that its output was lost. */
  hasFailed = false;

  async end(): Promise<void> {
    if (this.#pager) {
      this.#pager.stdin.end();
      const [code] = (await this.#ended) ?? [];
      this.hasFailed = CANNOT_RUN.includes(code as number | null);
    } else await this.#flushThen(() => Promise.resolve());
    if (this.#errors !== '') await this.#options.base.err.write(this.#errors);
  }

  async #write(given: string | Uint8Array): Promise<void> {
    const text = typeof given === 'string' ? given : Buffer.from(given).toString();
    if (this.#pager) return this.#send(text);
    this.#held += text;
    this.#lines += heightOf(text, this.#options.base.columns);
    // The prompt takes a line too.
    if (this.#lines < this.#options.rows) return;
    this.#start();
    const held = this.#held;
    this.#held = '';
    await this.#send(held);
  }

  #start(): void {
    const { command, env } = this.#options;
    const pager = spawn('sh', ['-c', command], {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { LESS, ...env },
    });
    pager.stdin.on('error', () => (this.#isClosed = true));
    this.#ended = once(pager, 'close').catch(() => [127]);
    this.#pager = pager;
  }

  #send(text: string): Promise<void> {
    return new Promise((done, fail) => {
      this.#pager!.stdin.write(text, error => {
        if (error) this.#isClosed = true;
        if (error) fail(error);
        else done();
      });
    });
  }

  async #flushThen(work: () => Promise<void>): Promise<void> {
    const held = this.#held;
    this.#held = '';
    if (held !== '') await this.#options.base.out.write(held);
    await work();
  }
}

/** The lines that a text takes on a terminal; colours count as if they were shown. */
function heightOf(text: string, columns = Infinity): number {
  const lines = text.split('\n');
  return lines.reduce((sum, line) => sum + Math.max(0, Math.ceil(line.length / columns) - 1), lines.length - 1);
}
