import { existsSync } from 'node:fs';
import { EXIT, TelemetryError } from '../../../core/errors.js';
import { tokensOf } from '../../../query/sql/split-sql.js';
import { ReadyStores } from '../../../query/ready-stores.js';
import { usualQueryMemory } from '../../../query/sandbox/memory-limit.js';
import { ShellInput, type Input } from '../../../shell/input.js';
import { wordsOf, type MetaCommand } from '../../../shell/meta-command.js';
import { ShellSettings } from '../../../shell/settings.js';
import type { Context } from '../../shared/context.js';
import { isStillRunning } from '../../shared/forced-end.js';
import { pair } from '../../shared/options.js';
import { USUAL_COLUMNS } from '../../shared/streams.js';
import { QUERY_FORMATS } from '../query/options.js';
import type { ShellOptions } from './options.js';
import { PagerSink } from './pager.js';
import { destinationSink, plainSink, type Destination, type Sink } from './sink.js';

/** The height of a terminal that does not report one, in lines. */
const USUAL_ROWS = 24;

/** Changes of one statement. */
export interface StatementChanges {
  /** Rows go here instead. */
  readonly destination?: Destination | undefined;
  /** One column a line. */
  readonly isExpanded?: boolean;
  /** False for output that repeats, which no pager shows. */
  readonly isPaged?: boolean;
}

/** Runs a command of the shell. Returns its exit code. */
export type RunMeta = (shell: Shell, command: MetaCommand) => Promise<number>;

/** The state of a shell, and what it does with lines. */
export class Shell {
  readonly options: ShellOptions;
  readonly context: Context;
  readonly settings = new ShellSettings(QUERY_FORMATS.filter(format => format !== 'parquet'));
  readonly readyStores: ReadyStores;
  /** The text that is being typed; that of a file while `\i` runs it. */
  input = new ShellInput();
  /** The last statement that ran, without its semicolon. */
  last = '';
  /** The destination of `\o`; undefined for the screen. */
  destination: Destination | undefined;
  /** The statements before, the newest first. */
  history: () => readonly string[] = () => [];
  /** True once `\q` was given, or a signal has ended the conversation. */
  isOver = false;
  /** True once a signal has ended a script. */
  isStopped = false;
  /** The number of files that run, each included by the one before. */
  depth = 0;
  /** True where a query could not be ended: its native code looks at no interrupt. */
  hasRunaway = false;
  readonly #runMeta: RunMeta;
  #controller: AbortController | undefined;
  /** The destination of `\once`. */
  #next: Destination | undefined;

  constructor(options: ShellOptions, context: Context, runMeta: RunMeta) {
    this.#runMeta = runMeta;
    this.options = options;
    this.context = context;
    const memory = context.settings.get('queryMemory') ?? usualQueryMemory();
    this.readyStores = new ReadyStores(options.store, memory);
    this.readyStores.renew();
    for (const [name, value] of options.settings) this.settings.set(name, value);
    for (const [name, value] of options.variables) this.settings.setVariable(name, value);
  }

  /** Cancels what runs. Returns false while nothing does. */
  interrupt(): boolean {
    if (!this.#controller) return false;
    this.#controller.abort();
    return true;
  }

  /** Runs work that Ctrl-C cancels. */
  async cancellable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#controller) return work(this.#controller.signal);
    const { signal } = this.context;
    const controller = (this.#controller = new AbortController());
    const abort = (): void => controller.abort();
    signal.addEventListener('abort', abort);
    // A signal that came before the work has found nothing to cancel.
    if (signal.aborted || this.isOver || this.isStopped) abort();
    try {
      return await work(controller.signal);
    } finally {
      signal.removeEventListener('abort', abort);
      this.#controller = undefined;
    }
  }

  /**
   * Runs what a line completed. Errors are printed.
   * @returns the exit code of the first that failed, else 0.
   */
  async run(inputs: readonly Input[]): Promise<number> {
    let code: number = EXIT.ok;
    for (const input of inputs) {
      const ended = input.kind === 'statement' ? await this.statement(input.sql) : await this.#meta(input.command);
      code ||= ended;
      if (this.isOver || (ended !== EXIT.ok && this.settings.stopsOnError)) break;
    }
    return code;
  }

  /** Runs a statement, or `@NAME name=value ...` for a saved query. Returns its exit code. */
  async statement(sql: string, changes: StatementChanges = {}): Promise<number> {
    const next = this.#next;
    this.#next = undefined;
    try {
      return await this.#statement(sql, next === undefined ? changes : { destination: next, ...changes });
    } finally {
      await next?.close();
    }
  }

  async #statement(sql: string, changes: StatementChanges): Promise<number> {
    this.last = sql;
    const started = performance.now();
    let args: string[];
    try {
      args = this.#queryArgs(sql, changes);
    } catch (error) {
      return this.fail(error);
    }
    const code = await this.command(args, changes);
    if (this.settings.showsTiming) {
      await this.context.streams.out.write(`Time: ${(performance.now() - started).toFixed(3)} ms\n`);
    }
    return code;
  }

  /** Runs a statement of the shell's own, which is not the last one of the user. */
  statementOf(sql: string): Promise<number> {
    return this.command(this.#queryArgs(sql, {}, false));
  }

  /** Runs a command of telemetry on the store of the shell. Returns its exit code. */
  async command(args: readonly string[], changes: StatementChanges = {}): Promise<number> {
    const sink = this.#sink(changes);
    const ending = await this.cancellable(signal =>
      this.context.runOther(args, {
        streams: sink.streams,
        signal,
        readyStores: this.readyStores,
        // A query with a time limit would otherwise be run by another process, with the shell's own arguments.
        mayEndInNativeCode: true,
      }),
    );
    await sink.end();
    this.readyStores.renew();
    if (isStillRunning(ending.error)) {
      this.hasRunaway = true;
      await this.note('It could not be stopped, and runs on in the background until it ends or the shell does.');
    }
    if (sink instanceof PagerSink && sink.hasFailed) {
      this.settings.set('pager', 'off');
      await this.note('the pager could not be started, and is off now: run the statement again');
    }
    return ending.code;
  }

  /** Prints an error. Returns its exit code. Throws what is not an error for the user. */
  async fail(error: unknown): Promise<number> {
    if (!(error instanceof TelemetryError)) throw error;
    const remedy = error.remedy === undefined ? '' : `${error.remedy}\n`;
    await this.context.streams.err.write(`telemetry: ${error.message}\n${remedy}`);
    return EXIT[error.kind];
  }

  /** Prints a line that is not data. */
  note(text: string): Promise<void> {
    return this.context.streams.err.write(`${text}\n`);
  }

  /** The options that every reading command takes, as the settings have them. */
  rangeArgs(): string[] {
    const args = ['--store', this.options.store];
    for (const name of ['since', 'until'] as const) {
      const value = this.settings.get(name);
      if (value !== '') args.push(`--${name}`, value);
    }
    return args;
  }

  /** SQL, or `@NAME name=value ...`, as arguments, with the files and the values of parameters that it reads. */
  sqlArgs(sql: string): string[] {
    const args = this.options.files.flatMap(({ name, file }) => ['--with', `${name}=${file}`]);
    const [saved, ...given] = sql.startsWith('@') ? wordsOf(sql) : [];
    const values = Object.entries(saved === undefined ? this.settings.parameters : {});
    const names = new Set(parameterNames(sql));
    for (const [name, value] of values) if (names.has(name.toLowerCase())) args.push('--param', `${name}=${value}`);
    for (const text of given) args.push('--param', pair(saved!, text).join('='));
    return [...args, '--', saved ?? sql];
  }

  /** The format of rows; undefined for the usual one. */
  format(changes: StatementChanges = {}): string | undefined {
    const isExpanded = changes.isExpanded ?? this.settings.get('expanded') === 'on';
    if (isExpanded) return 'line';
    const format = this.settings.get('format');
    if (format !== 'auto') return format;
    const isFile = (changes.destination ?? this.destination) !== undefined;
    return isFile && this.context.streams.stdinIsTerminal ? 'table' : undefined;
  }

  /** Sends the rows of the next statement elsewhere. */
  async writeNextTo(destination: Destination): Promise<void> {
    await this.#next?.close();
    this.#next = destination;
  }

  /** Ends what `\o` writes to. */
  async closeDestination(): Promise<void> {
    await this.destination?.close();
    this.destination = undefined;
  }

  async close(): Promise<void> {
    await this.closeDestination();
    await this.#next?.close();
    await this.readyStores.close();
  }

  /** @param isRanged false for a statement that reads no events. */
  #queryArgs(sql: string, changes: StatementChanges, isRanged = true): string[] {
    const { settings } = this;
    const range = isRanged ? [...this.rangeArgs(), '--by', settings.get('by')] : ['--store', this.options.store];
    const args = ['query', ...range];
    const format = this.format(changes);
    if (format !== undefined) args.push('--format', format);
    if (settings.get('tz') !== 'auto') args.push('--tz', settings.get('tz'));
    if (settings.get('limit') !== 'off') args.push('--limit', settings.get('limit'));
    if (settings.get('null') !== '') args.push('--null', settings.get('null'));
    return [...args, ...this.sqlArgs(sql)];
  }

  #sink(changes: StatementChanges): Sink {
    const { streams, env } = this.context;
    const destination = changes.destination ?? this.destination;
    if (destination) return destinationSink(streams, destination);
    const width = this.settings.get('columns');
    const columns =
      !streams.isTerminal || width === '0' ? undefined : width === 'auto' ? streams.columns : Number(width);
    const command = this.#pagerCommand();
    if (changes.isPaged === false || command === undefined || streams.terminal === undefined) {
      return plainSink(streams, columns);
    }
    const rows = streams.terminal.output.rows ?? USUAL_ROWS;
    return new PagerSink({
      base: streams,
      command,
      rows: rows > 0 ? rows : USUAL_ROWS,
      columns: columns ?? (width === '0' ? undefined : USUAL_COLUMNS),
      env,
    });
  }

  /** The command of the pager; undefined where it is off or not installed. */
  #pagerCommand(): string | undefined {
    const setting = this.settings.get('pager');
    if (setting === 'off') return undefined;
    if (setting !== 'on') return setting;
    const { PAGER, PATH = '' } = this.context.env;
    if (PAGER !== undefined) return PAGER.trim() === '' ? undefined : PAGER;
    return PATH.split(':').some(folder => existsSync(`${folder}/less`)) ? 'less -S' : undefined;
  }

  async #meta(command: MetaCommand): Promise<number> {
    try {
      return await this.#runMeta(this, command);
    } catch (error) {
      return this.fail(error);
    }
  }
}

/** The names after `$` in a statement, in lower case. */
function parameterNames(sql: string): string[] {
  const tokens = tokensOf(sql);
  return tokens.flatMap(({ text }, i) => (text === '$' ? [tokens[i + 1]?.text.toLowerCase() ?? ''] : []));
}
