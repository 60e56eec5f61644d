import { createInterface, type Interface } from 'node:readline';
import { codeOf, EXIT, messageOf } from '../../../core/errors.js';
import { complete } from '../../../shell/completion.js';
import { History, MAX_HISTORY_ENTRIES } from '../../../shell/history.js';
import type { InputState } from '../../../shell/input.js';
import { Vocabulary } from '../../../shell/vocabulary.js';
import type { Terminal } from '../../shared/streams.js';
import { VERSION } from '../../shared/version.js';
import type { Shell } from './shell.js';

const NAME = 'telemetry';

/** The end of the prompt by the state of the input, as in psql. */
const PROMPT_ENDS: Readonly<Record<InputState, string>> = {
  empty: '>',
  more: '->',
  parenthesis: '(>',
  string: "'>",
  name: '">',
  dollar: '$>',
  comment: '*>',
};

/** Time for work to stop after a signal, in milliseconds: more than an interrupted query takes at most. */
const MAX_STOP_MS = 5000;

/** Talks to a person until Ctrl-D, `\q` or a signal. Returns the exit code. */
export async function converse(shell: Shell, terminal: Terminal): Promise<number> {
  const { context, options } = shell;
  await context.streams.out.write(
    `telemetry ${VERSION}, store ${options.store}\nType SQL; \\? for help, \\q to quit.\n`,
  );
  const conversation = new Conversation(shell, terminal);
  context.takeSignals(name => conversation.signal(name));
  return conversation.ended;
}

/** The line editor, and the lines that wait while a statement runs. */
class Conversation {
  readonly ended: Promise<number>;
  readonly #shell: Shell;
  readonly #terminal: Terminal;
  readonly #history: History;
  readonly #editor: Interface;
  readonly #lines: string[] = [];
  /** The array of the editor, the newest first: lines that were typed before the statement is complete are not kept. */
  #recalled: string[] | undefined;
  #typed: string[] = [];
  #isBusy = false;
  #isOver = false;
  /** The exit code, once the end of the conversation is asked for. */
  #code: number | undefined;
  /** Runs while a signal waits for the work under way. */
  #overdue: NodeJS.Timeout | undefined;
  #finish: (code: number) => void = () => undefined;
  #break: (error: unknown) => void = () => undefined;

  constructor(shell: Shell, terminal: Terminal) {
    this.#shell = shell;
    this.#terminal = terminal;
    letGo(terminal);
    this.#history = new History(shell.options.store);
    shell.history = () => this.#history.newestFirst;
    this.ended = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#break = reject;
    });
    const names = new Vocabulary(
      shell.options.store,
      shell.readyStores,
      shell.options.files.map(({ name }) => name),
    );
    this.#editor = createInterface({
      input: terminal.input,
      output: terminal.output,
      terminal: true,
      history: [...this.#history.newestFirst],
      historySize: MAX_HISTORY_ENTRIES,
      completer: (line: string, answer: (error: null, found: [string[], string]) => void) => {
        complete(shell.input.text, line, names).then(
          ({ candidates, replaces }) => answer(null, [[...candidates], replaces]),
          () => answer(null, [[], '']),
        );
      },
    });
    // Not in the types of Node 20: the array that the arrow keys walk through, before each line is taken.
    this.#editor.on('history', (entries: string[]) => {
      this.#recalled = entries;
      this.#restoreHistory();
    });
    this.#editor.on('line', line => {
      this.#lines.push(line);
      void this.#work();
    });
    // A terminal that has gone can no longer be read: the signal may come later.
    terminal.input.on('error', () => this.signal('SIGHUP'));
    this.#editor.on('SIGINT', () => this.#cancelLine());
    this.#editor.on('close', () => void this.#close());
    this.#prompt();
  }

  /** Handles a signal. Ctrl-C reaches this way while a statement runs; at the prompt it is a key. */
  signal(name: NodeJS.Signals): void {
    if (name === 'SIGUSR1' || name === 'SIGUSR2' || this.#isOver) return;
    if (name === 'SIGINT') {
      this.#lines.length = 0;
      this.#shell.interrupt();
      return;
    }
    this.#shell.isOver = true;
    this.#shell.interrupt();
    this.#code = name === 'SIGTERM' ? 143 : name === 'SIGHUP' ? 129 : 131;
    if (!this.#isBusy) this.#end();
    else this.#overdue ??= setTimeout(() => this.#giveUp(), MAX_STOP_MS);
  }

  /** Ends although some work does not stop. */
  #giveUp(): void {
    this.#shell.hasRunaway = true;
    this.#end();
  }

  /** Runs the lines that were typed, one after the other. */
  async #work(): Promise<void> {
    if (this.#isBusy || this.#isOver) return;
    this.#isBusy = true;
    try {
      for (let line = this.#lines.shift(); line !== undefined && !this.#shell.isOver; line = this.#lines.shift()) {
        await this.#take(line);
      }
    } catch (error) {
      // A signal may have taken the terminal away, so that nothing can be printed.
      if (this.#shell.isOver) {
        this.#end();
        return;
      }
      this.#isOver = true;
      this.#editor.close();
      this.#break(error);
      return;
    } finally {
      this.#isBusy = false;
    }
    if (this.#shell.isOver || this.#code !== undefined) this.#end();
    else this.#prompt();
  }

  async #take(line: string): Promise<void> {
    this.#typed.push(line);
    const inputs = this.#shell.input.add(line);
    if (inputs.length > 0 || !this.#shell.input.isPending) this.#remember();
    if (inputs.length === 0) return;
    this.#leaveTerminal();
    try {
      await this.#shell.run(inputs);
    } finally {
      this.#takeTerminal();
    }
  }

  /** Adds what was typed to the history, as one entry. */
  #remember(): void {
    this.#history.add(this.#typed.join('\n').trim());
    this.#typed = [];
    this.#restoreHistory();
  }

  /** The arrow keys recall statements, not lines. */
  #restoreHistory(): void {
    this.#recalled?.splice(0, this.#recalled.length, ...this.#history.newestFirst);
  }

  /** Lets the statement, a pager or an editor have the terminal: Ctrl-C is a signal again. */
  #leaveTerminal(): void {
    if (this.#code !== undefined) return;
    this.#editor.pause();
    this.#terminal.input.setRawMode?.(false);
  }

  #takeTerminal(): void {
    if (this.#code !== undefined || this.#shell.isOver) return;
    this.#terminal.input.setRawMode?.(true);
    this.#editor.resume();
  }

  #prompt(): void {
    if (this.#isOver) return;
    this.#editor.setPrompt(`${NAME}${PROMPT_ENDS[this.#shell.input.state]} `);
    this.#editor.prompt();
  }

  /** Ctrl-C at the prompt: forgets what was typed. */
  #cancelLine(): void {
    this.#shell.input.clear();
    this.#typed = [];
    this.#lines.length = 0;
    this.#terminal.output.write('^C');
    // Not in the types of Node 20: ends the line that is shown, and forgets it.
    (this.#editor as Interface & { clearLine(): void }).clearLine();
    this.#prompt();
  }

  /** Ctrl-D, or a closed terminal. Lines that were typed before run to their end. */
  async #close(): Promise<void> {
    if (this.#isOver) return;
    this.#code ??= EXIT.ok;
    if (this.#isBusy) return;
    if (!this.#shell.isOver) await this.#shell.context.streams.out.write('\n').catch(() => undefined);
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#overdue);
    this.#editor.close();
    const code = this.#code ?? EXIT.ok;
    const { problem } = this.#history;
    if (problem === undefined) this.#finish(code);
    else {
      const text = `the history was not saved: ${messageOf(problem)}`;
      void this.#shell.note(text).then(() => this.#finish(code));
    }
  }
}

/** Lets the editor close when the terminal has gone, which then refuses a change of its mode with EIO. */
function letGo({ input }: Terminal): void {
  const setRawMode = input.setRawMode?.bind(input);
  if (setRawMode === undefined) return;
  input.setRawMode = isRaw => {
    try {
      return setRawMode(isRaw);
    } catch (error) {
      if (codeOf(error) !== 'EIO') throw error;
      return input;
    }
  };
}
