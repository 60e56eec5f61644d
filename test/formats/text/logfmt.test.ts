import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DecodeError } from '../../../src/formats/decoder.js';
import { logfmtLine } from '../../../src/formats/text/logfmt.js';

function decode(line: string): string[] {
  const json = logfmtLine(line);
  return json === undefined ? [] : [json];
}

test.each([
  ['level=info msg=hi', '{"level":"info","msg":"hi"}'],
  ['n=5 x=-1.5e3 big=12345678901234567890 no=007', '{"n":5,"x":-1.5e3,"big":12345678901234567890,"no":"007"}'],
  ['ok=true text="true" flag empty=', '{"ok":true,"text":"true","flag":true,"empty":null}'],
  ['msg="a \\"b\\" \\n\\u00e9\\q" path=/a/b?c', '{"msg":"a \\"b\\" \\néq","path":"/a/b?c"}'],
  ['  a=1   a=2  ', '{"a":1,"a":2}'],
  ['url=http://x/?a=b', '{"url":"http://x/?a=b"}'],
  ['span_id=12e45678 small=1e-07', '{"span_id":"12e45678","small":1e-07}'],
  ['a="open', undefined],
])('given %s, then it is %s', (line, json) => {
  if (json === undefined) expect(() => decode(line)).toThrow(DecodeError);
  else expect(decode(line)).toEqual([json]);
});

test('given a line without a pair, then it is no event', () => {
  const lines = ['   ', 'panic: runtime error', 'goroutine 1 [running]:', '\tmain.go:12 +0x1d', 'say "hi"', '=x'];
  expect(lines.flatMap(decode)).toEqual([]);
});

test('given any texts, when written in quotes, then they are read back', () => {
  fc.assert(
    fc.property(fc.string(), text => {
      const [event = ''] = decode(`a=${JSON.stringify(text)} b=1`);
      expect(JSON.parse(event)).toEqual({ a: text, b: 1 });
    }),
  );
});
