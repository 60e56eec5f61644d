import { chalkFor } from '../../../render/chalk.js';
import { visible } from '../../../render/visible.js';

type Line = readonly [sign: ' ' | '-' | '+', text: string];

/** A diff of two values as indented JSON, one space before each line: `-` lines were expected, `+` lines are there. */
export function diffText(expected: unknown, actual: unknown, color: boolean): string {
  const paint = chalkFor(color);
  return diffLines(jsonLines(expected), jsonLines(actual))
    .map(([sign, text]) => {
      const line = `    ${sign} ${visible(text)}`;
      return `${sign === '-' ? paint.red(line) : sign === '+' ? paint.green(line) : line}\n`;
    })
    .join('');
}

function jsonLines(value: unknown): string[] {
  return JSON.stringify(value, null, 2).split('\n');
}

/** The shortest edit by the longest common subsequence: both sides are some lines long. */
function diffLines(before: readonly string[], after: readonly string[]): Line[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i]![j] =
        before[i] === after[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push([' ', before[i++]!]);
      j++;
    } else if (j === after.length || (i < before.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) {
      lines.push(['-', before[i++]!]);
    } else lines.push(['+', after[j++]!]);
  }
  return lines;
}
