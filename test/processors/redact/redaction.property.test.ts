import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RedactionProcessor } from '../../../src/processors/redact/processor.js';
import { DETECTORS, labelOf } from '../../../src/processors/redact/detectors.js';
import { jsonStream } from '../../../src/formats/json/stream.js';
import { charactersOf, fakeSecrets } from '../../helpers/fake-secrets.js';
import { propertyRuns } from '../../helpers/property-runs.js';

/** Returns the event as the processor passes it on, and how much of it was named. */
function redacted(json: string, redact: readonly string[] = DETECTORS): { stored: string; finds: number } {
  let finds = 0;
  const processor = new RedactionProcessor({ redact, hash: [], drop: [], denyType: [] }, Buffer.from('key'), {
    redacted: (_, count) => void (finds += count),
    denied: () => undefined,
  });
  let stored = '';
  const decoder = jsonStream(
    processor.process((bytes, start, end) => void (stored = Buffer.from(bytes.slice(start, end)).toString())),
    { maxEventBytes: 1e6 },
  );
  void decoder.write(Buffer.from(json));
  void decoder.end();
  return { stored, finds };
}

/** Ways to write a text as a JSON string. */
const STYLES: readonly ((text: string) => string)[] = [
  JSON.stringify,
  text => JSON.stringify(text).replaceAll('/', '\\/'),
  text => JSON.stringify(text).replace(/[^\x20-\x7e]/g, escaped),
  text => `"${[...text.split('')].map(escaped).join('')}"`,
  text => JSON.stringify(JSON.stringify({ nested: text })),
  text => JSON.stringify(JSON.stringify({ nested: text }).replaceAll('/', '\\/')),
  text => JSON.stringify(`https://x.example/?q=${encodeURIComponent(text)}&r=1`),
];

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Words that are a part of nothing that a detector names. */
const words = fc
  .array(charactersOf('bcdfghjklmnpqrtvxyz', 1, 8), { maxLength: 4 })
  .map(list => list.map(word => `${word}, `).join(''));

test('what a detector names is not stored, however it is written', () => {
  fc.assert(
    fc.property(
      fakeSecrets,
      words,
      words,
      fc.constantFrom(...STYLES),
      ({ detector, text, needle }, before, after, style) => {
        const { stored, finds } = redacted(`{"kept": 1.50,"msg":${style(`${before}"${text}" ${after}`)}}`);

        const value = (JSON.parse(stored) as { msg: string }).msg;
        const decoded = value.startsWith('https:') ? decodeURIComponent(value) : value;
        for (const spelled of [value, decoded, value.replaceAll('\\/', '/')]) {
          expect(spelled).not.toContain(needle);
        }
        expect(value).toContain(labelOf(detector));
        expect(stored.startsWith('{"kept": 1.50,"msg":"')).toBe(true);
        expect(finds).toBeGreaterThan(0);
      },
    ),
    { numRuns: propertyRuns(20) },
  );
});

test('the same as the key of an event, and as the value of an array', () => {
  fc.assert(
    fc.property(fakeSecrets, ({ detector, text, needle }) => {
      const { stored } = redacted(JSON.stringify({ list: [1, text], [`${text} `]: true }));

      expect(stored).not.toContain(JSON.stringify(needle).slice(1, -1));
      expect(stored.split(labelOf(detector)).length).toBe(3);
    }),
    { numRuns: propertyRuns(30) },
  );
});

test('keeps the bytes between findings, and forwards an event without one unchanged', () => {
  const value = fc.oneof(
    fc.json({ depthSize: 'small' }),
    fc.string().map(text => JSON.stringify(text)),
    fc.constantFrom(
      ...[
        '1.50',
        '"2026-11-28 20:54:39.821"',
        '"\\u0041\\/b"',
        '1719983815000',
        '"550e8400-e29b-41d4-a716-446655440000"',
      ],
      ...[
        '"4bf92f3577b34da6a3ce929d0e0e4736"',
        '"Chrome/120.0.0.0 Safari/537.36"',
        '"200 512 1234"',
        '"-----"',
        '"a.b.c"',
      ],
    ),
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 6 }), values => {
      const json = `{${values.map((text, i) => `"k${i}" : ${text}`).join(' ,')}}`;
      const { stored, finds } = redacted(json);

      if (finds === 0) expect(stored).toBe(json);
      let from = 0;
      for (const part of stored.split(/\[(?:[a-z-]+)\]|"\[[a-z-]+\]"/)) {
        if (finds > 0 && part.includes('\\')) return;
        const at = json.indexOf(part, from);
        expect(at).toBeGreaterThanOrEqual(from);
        from = at + part.length;
      }
    }),
    { numRuns: propertyRuns(120) },
  );
});

test('a detector that is not asked for leaves its values alone', () => {
  fc.assert(
    fc.property(fakeSecrets, ({ detector, text }) => {
      const others = DETECTORS.filter(other => other !== detector);
      const json = `{"msg":${JSON.stringify(text)}}`;
      const { stored, finds } = redacted(json, others);
      if (finds === 0) expect(stored).toBe(json);
    }),
    { numRuns: propertyRuns(30) },
  );
});

test('a value that only the name of its key tells is named, whatever its escapes', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const cases = [
    ['aws_secret_access_key', `"${secret}"`, '"[aws-key]"'],
    ['SecretAccessKey', `"${secret.replaceAll('/', '\\/')}"`, '"[aws-key]"'],
    ['SessionToken', `"${'Fake'.repeat(30)}"`, '"[aws-key]"'],
    ['secret_hash', `"${secret}"`, undefined],
    ['aws_secret_access_key', '"short"', undefined],
    ['phone', '"5555550123"', '"[phone]"'],
    ['phone', '5555550123', '"[phone]"'],
    ['homePhone', '"555 555 0123"', '"[phone]"'],
    ['mobile_number', '"\\u0030201234567"', '"[phone]"'],
    ['FAX', '"030\\/1234567"', '"[phone]"'],
    ['phone', '"none"', undefined],
    ['phone', '12345', undefined],
    ['phone', '5555550123.5', undefined],
    ['phone_id', '5555550123', undefined],
    ['hotel', '"5555550123"', undefined],
    ['order', '5555550123', undefined],
  ] as const;
  for (const [key, value, expected] of cases) {
    const event = (text: string): string => `{"a": 1.0,"${key}": ${text},"b":{"${key}":${text}}}`;
    expect(redacted(event(value)).stored).toBe(event(expected ?? value));
  }
});

test('secrets names all six of the detectors for tokens, keys and numbers', () => {
  const named = ['jwt', 'aws-key', 'github-token', 'private-key', 'iban', 'phone'];
  fc.assert(
    fc.property(fakeSecrets, ({ detector, text }) => {
      fc.pre(named.includes(detector));
      const json = JSON.stringify({ msg: text });
      expect(redacted(json, ['secrets']).stored).toBe(redacted(json, named).stored);
      expect(redacted(json, ['Secrets']).finds).toBeGreaterThan(0);
    }),
    { numRuns: propertyRuns(20) },
  );
});
