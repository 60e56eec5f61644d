import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LineFile, MAX_SAMPLE_BYTES, SAMPLE_LINES } from '../../../src/store/archive/line-files.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

/** The lines of a file of lines to which texts were appended, and those of a sample of it. */
function writtenTo(file: LineFile, texts: readonly string[]): { lines: string[]; sample: string[] } {
  file.restart();
  for (const text of texts) file.append(Buffer.from(text), 0, Buffer.byteLength(text), 7);
  file.finish();
  return { lines: linesOf(file.path), sample: linesOf(file.writeSample()) };
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

function newLineFile(): LineFile {
  const dir = mkdtempSync(join(tmpdir(), 'telemetry-lines-'));
  const file = new LineFile(join(dir, 'lines'));
  onTestFinished(() => {
    file.close();
    removeDirectory(dir);
  });
  return file;
}

describe('the sample of a file of lines', () => {
  test.each([1, 63, 64, 65, 1000])('has consecutive lines of %d', count => {
    const file = newLineFile();
    for (const round of [1, 2, 3]) {
      const texts = Array.from({ length: count }, (_, n) => `${round}-${n}-${'x'.repeat((n * 37) % 900)}`);
      const { lines, sample } = writtenTo(file, texts);
      const first = lines.indexOf(sample[0]!);

      expect(first % SAMPLE_LINES).toBe(0);
      expect(sample).toEqual(lines.slice(first, first + SAMPLE_LINES));
    }
  });

  test('comes from any place', () => {
    const file = newLineFile();
    const texts = Array.from({ length: 4 * SAMPLE_LINES }, (_, n) => String(n));
    const firsts = new Set(Array.from({ length: 100 }, () => writtenTo(file, texts).sample[0]));
    expect(firsts.size).toBe(4);
  });

  test('has fewer lines where they are long, and at least one', () => {
    const file = newLineFile();
    const [long, longer] = [MAX_SAMPLE_BYTES / 4, 2 * MAX_SAMPLE_BYTES].map(length => 'x'.repeat(length));
    expect(
      writtenTo(
        file,
        Array.from({ length: 8 }, () => long!),
      ).sample,
    ).toHaveLength(3);
    expect(writtenTo(file, [longer!]).sample).toHaveLength(1);
  });
});
