import { describe, expect, test } from 'vitest';
import { formatNamed, ROW_FORMATS } from '../../../src/cli/config/format-names.js';
import { printReport, type ReportFormat } from '../../../src/cli/shared/report.js';
import { createStreams } from '../../../src/cli/shared/streams.js';
import { PassThrough } from 'node:stream';

describe('formatNamed', () => {
  test.each([
    ['JSON', 'json'],
    ['jsonl', 'ndjson'],
    ['MD', 'markdown'],
    ['vertical', 'line'],
    ['text', 'table'],
  ])('takes %s for %s', (name, format) => {
    expect(formatNamed(name, ROW_FORMATS)).toBe(format);
  });

  test('takes one form for people, or of JSON, for another where a command has only one', () => {
    expect(formatNamed('table', ['pretty', 'ndjson'])).toBe('pretty');
    expect(formatNamed('json', ['pretty', 'ndjson'])).toBe('ndjson');
    expect(formatNamed('ndjson', ['text', 'json'])).toBe('json');
    expect(formatNamed('yaml', ROW_FORMATS)).toBeUndefined();
  });
});

describe('printReport', () => {
  const json = [
    { type: 'log', events: 2, kept: { bytes: 10 }, ok: true },
    { type: 'a,b', events: 3, kept: { bytes: null }, files: ['x'] },
  ];

  test.each<[ReportFormat, string]>([
    ['table', 'for people\n'],
    ['json', `${JSON.stringify(json)}\n`],
    ['ndjson', `${JSON.stringify(json[0])}\n${JSON.stringify(json[1])}\n`],
    ['csv', 'type,events,kept.bytes,ok,files\nlog,2,10,true,\n"a,b",3,,,"[""x""]"\n'],
    ['tsv', 'type\tevents\tkept.bytes\tok\tfiles\nlog\t2\t10\ttrue\t\\N\na,b\t3\t\\N\t\\N\t["x"]\n'],
  ])('prints %s', async (format, text) => {
    const stdout = new PassThrough();
    const streams = createStreams({ stdin: new PassThrough(), stdout, stderr: new PassThrough() }, {});
    const signal = new AbortController().signal;
    await printReport(format, { streams, signal }, { table: () => streams.out.write('for people\n'), json });
    expect(String(stdout.read())).toBe(text);
  });
});
