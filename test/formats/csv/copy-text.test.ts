import { describe, expect, test } from 'vitest';
import { isCopyText } from '../../../src/formats/csv/copy-text.js';
import { CsvReader } from '../../../src/formats/csv/rows.js';

/** The events of a table with tabs. */
function read(text: string): string[] {
  const events: string[] = [];
  const bytes = Buffer.from(text);
  const reader = new CsvReader((at, start, end) => events.push(Buffer.from(at.subarray(start, end)).toString()), {
    maxEventBytes: 1000,
    delimiter: '\t',
    isCopyText: isCopyText(bytes),
  });
  reader.take(bytes, true);
  return events;
}

describe('a table with tabs', () => {
  test.each([
    [
      'a NULL beside escapes',
      'a\tb\n1\t\\N\nx\\ty\\\\n\t"q" z\n',
      ['{"a":1,"b":null}', '{"a":"x\\ty\\\\n","b":"\\"q\\" z"}'],
    ],
    [
      'columns of a store',
      'id\treceived_at\tm\n7\t2026-11-20\tx\\ny\n',
      ['{"id":7,"received_at":"2026-11-20","m":"x\\ny"}'],
    ],
    [
      'an escaped payload',
      'payload\n{"a":"x\\\\ny"}\n"7"\n',
      ['{"payload":"{\\"a\\":\\"x\\\\ny\\"}"}', '{"payload":"\\"7\\""}'],
    ],
    ['an empty text and an empty line', 'a\tb\n\t\\N\n\n', ['{"a":"","b":null}']],
    ['an escaped name', 'a\\tb\tc\n1\t\\N\n', ['{"a\\tb":1,"c":null}']],
  ])('is read as COPY writes it, given %s', (_, text, events) => expect(read(text)).toEqual(events));

  test.each([
    ['a path', 'path\tn\nC:\\temp\\new\t1\n', ['{"path":"C:\\\\temp\\\\new","n":1}']],
    ['a path beside a NULL', 'path\tn\nC:\\Users\t\\N\n', ['{"path":"C:\\\\Users","n":null}']],
    ['quoted cells beside a NULL', 'a\tb\n"x\\ty"\t\\N\n', ['{"a":"x\\\\ty","b":null}']],
    ['a quoted \\N', 'a\tb\n"\\N"\t1\n', ['{"a":"\\\\N","b":1}']],
    ['JSON in a payload that is not escaped', 'payload\n{"a":"x\\ny"}\n', ['{"payload":"{\\"a\\":\\"x\\\\ny\\"}"}']],
    ['an empty cell', 'a\tb\n\t1\n', ['{"a":null,"b":1}']],
  ])('keeps its backslashes and quotes, given %s', (_, text, events) => expect(read(text)).toEqual(events));
});
