import { parseDuration } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import type { Context } from './context.js';
import { isStillRunning } from './forced-end.js';
import type { Streams } from './streams.js';

/** The shortest interval of --watch, in milliseconds: people cannot read faster. */
const MIN_INTERVAL_MS = 100;

/** Control sequences of xterm: the alternate screen, the cursor, and erasing to the end of a line and of the screen. */
const SCREEN = {
  enter: '\x1b[?1049h\x1b[?25l',
  leave: '\x1b[?25h\x1b[?1049l',
  home: '\x1b[H',
  endOfLine: '\x1b[K',
  endOfScreen: '\x1b[J',
} as const;

/** Parses the interval of --watch, to milliseconds. @throws TelemetryError `usage` */
export function parseInterval(text: string): number {
  const ms = parseDuration(text);
  if (ms >= MIN_INTERVAL_MS) return ms;
  throw new TelemetryError('usage', `"${text}" is too short an interval`, { remedy: 'Give at least 100ms.' });
}

/**
 * Shows the text that `frame` returns, again every `every` milliseconds: in place on a terminal, one after another
 * elsewhere. A frame begins after the one before has been shown, so that slow queries do not stack. On a terminal the
 * last frame stays when it ends.
 * @throws TelemetryError `interrupted` on Ctrl-C, and the errors of `frame`. The terminal is restored in any case.
 */
export async function watchFrames(
  every: number,
  { streams, signal }: Pick<Context, 'streams' | 'signal'>,
  frame: () => Promise<string>,
): Promise<never> {
  const screen = streams.outCanRedraw ? new AlternateScreen(streams) : new Scroll(streams);
  try {
    for (;;) {
      const start = performance.now();
      await screen.show(await frame());
      await pause(Math.max(0, every - (performance.now() - start)), signal);
      if (signal.aborted) throw stopped();
    }
  } catch (error) {
    // Ctrl-C during a query is the usual end, too.
    throw signal.aborted && !isStillRunning(error) ? stopped() : error;
  } finally {
    await screen.close();
  }
}

function stopped(): TelemetryError {
  return new TelemetryError('interrupted', 'stopped');
}

/** Frames one after another, with a blank line between those for people. */
class Scroll {
  readonly #streams: Streams;
  #isFirst = true;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  async show(text: string): Promise<void> {
    const isForPeople = !text.startsWith('{') && !text.startsWith('[');
    await this.#streams.out.write(this.#isFirst || !isForPeople ? text : `\n${text}`);
    this.#isFirst = false;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The alternate screen of a terminal: what was on the screen before is there again when it closes. */
class AlternateScreen {
  readonly #streams: Streams;
  readonly #leave = (): void => void process.stdout.write(SCREEN.leave);
  #last: string | undefined;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  async show(text: string): Promise<void> {
    const lines = text.replace(/\n$/, '').split('\n').slice(0, this.#streams.rows);
    const start = this.#last === undefined ? SCREEN.enter : '';
    if (this.#last === undefined) process.once('exit', this.#leave);
    this.#last = text;
    const drawn = lines.map(line => line + SCREEN.endOfLine).join('\r\n');
    await this.#streams.out.write(start + SCREEN.home + drawn + SCREEN.endOfScreen);
  }

  async close(): Promise<void> {
    if (this.#last === undefined) return;
    process.removeListener('exit', this.#leave);
    await this.#streams.out.write(SCREEN.leave + this.#last);
  }
}
