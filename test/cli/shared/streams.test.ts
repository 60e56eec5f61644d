import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { createStreams } from '../../../src/cli/shared/streams.js';
import { TelemetryError } from '../../../src/core/errors.js';
import type { Streams } from '../../../src/cli/shared/streams.js';

const terminal = (columns?: number): PassThrough => Object.assign(new PassThrough(), { isTTY: true, columns });

const streamsOf = (
  io: { stdin?: PassThrough; stdout?: Writable; stderr?: Writable },
  env: Record<string, string> = {},
): Streams =>
  createStreams(
    {
      stdin: io.stdin ?? new PassThrough(),
      stdout: io.stdout ?? new PassThrough(),
      stderr: io.stderr ?? new PassThrough(),
    },
    env,
  );

describe('colour', () => {
  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ])('given a terminal: %s and %o, then colour: %s', (isTerminal, env, color) => {
    const stdout = isTerminal ? terminal() : new PassThrough();

    expect(streamsOf({ stdout }, env as Record<string, string>).color).toBe(color);
  });
});

describe('columns', () => {
  test('given no terminal, then undefined; given one, then its width as it is now', () => {
    const stdout = terminal(120) as PassThrough & { columns: number };
    const streams = streamsOf({ stdout });

    expect(streamsOf({}).columns).toBeUndefined();
    expect(streams.columns).toBe(120);
    stdout.columns = 60;
    expect(streams.columns).toBe(60);
    expect(streamsOf({ stdout: terminal(0) }).columns).toBe(80);
  });
});

describe('write', () => {
  test('given a slow reader, then a write resolves only once it has taken the text', async () => {
    let release: (() => void) | undefined;
    const slow = new Writable({ write: (_chunk, _encoding, done) => (release = done) });
    const { out } = streamsOf({ stdout: slow });
    let written = false;

    const write = out.write('x').then(() => (written = true));
    await new Promise(setImmediate);
    expect(written).toBe(false);
    release?.();
    await write;
    expect(written).toBe(true);
  });

  test('given a reader that has gone, then the write rejects and outClosed says so; on stderr nothing happens', async () => {
    const gone = (): Writable =>
      new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })) });
    const streams = streamsOf({ stdout: gone(), stderr: gone() });

    await expect(streams.out.write('x')).rejects.toMatchObject({ code: 'EPIPE' });
    await new Promise(setImmediate);
    expect(streams.outClosed).toBe(true);
    await expect(streams.err.write('x')).resolves.toBeUndefined();
  });

  test('given a full disk, then the write says that the output cannot be written, which is no defect', async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
    });
    const streams = streamsOf({ stdout: full });

    await expect(streams.out.write('x')).rejects.toEqual(
      new TelemetryError('failure', 'cannot write the output: full', { cause: expect.anything() }),
    );
    expect(streams.outClosed).toBe(false);
  });
});

describe('progress', () => {
  test('given stderr that is no terminal, then nothing is written', async () => {
    const stderr = new PassThrough();
    const progress = await streamsOf({ stderr }).progress('pruning');
    progress.update('still pruning');
    progress.stop();
    stderr.end();

    expect(await text(stderr)).toBe('');
  });

  test.each<[string, number | undefined, Record<string, string>]>([
    ['0 columns', 0, {}],
    ['no known size', undefined, {}],
    ['TERM=dumb', 80, { TERM: 'dumb' }],
  ])('writes nothing to a terminal of %s', async (_, columns, env) => {
    const stderr = terminal(columns);
    const streams = streamsOf({ stderr }, env);
    const progress = await streams.progress('pruning');
    progress.update('still pruning');
    progress.stop();
    stderr.end();

    expect(streams.canRedraw).toBe(false);
    expect(await text(stderr)).toBe('');
  });

  test('given a terminal, then the note is on stderr and gone at the end', async () => {
    const stderr = Object.assign(terminal(80), { cursorTo: () => true, clearLine: () => true, moveCursor: () => true });
    const progress = await streamsOf({ stderr }).progress('pruning');
    progress.stop();
    stderr.end();

    expect(await text(stderr)).toContain('pruning');
    expect(progress.columns).toBe(78);
  });
});

describe('confirm', () => {
  test.each([
    ['y\n', true],
    ['YES\n', true],
    ['n\n', false],
    ['\n', false],
    ['yesterday\n', false],
    ['', false],
  ])('given the answer %j, then %s', async (answer, agreed) => {
    const stdin = new PassThrough();
    const stderr = new PassThrough();
    const asked = streamsOf({ stdin, stderr }).confirm('Remove them?', new AbortController().signal);
    stdin.end(answer);

    expect(await asked).toBe(agreed);
    stderr.end();
    expect(await text(stderr)).toContain('Remove them? [y/N] ');
  });

  test('given an abort, then it rejects', async () => {
    const controller = new AbortController();
    const asked = streamsOf({}).confirm('Remove them?', controller.signal);
    controller.abort();

    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});
