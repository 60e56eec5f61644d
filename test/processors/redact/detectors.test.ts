import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeSecrets } from '../../helpers/fake-secrets.js';
import { DETECTORS, redactText, sightsOf } from '../../../src/processors/redact/detectors.js';
import { isCardNumber } from '../../../src/processors/redact/credit-card.js';
import { keySearch, valueSearch } from '../../../src/processors/redact/suspect.js';
import { propertyRuns } from '../../helpers/property-runs.js';

const clean = (text: string): string => redactText(text, DETECTORS, () => undefined);

describe('e-mail addresses', () => {
  test.each([
    ['ada@example.com', '[email]'],
    ['from <ada.l+x@mail.example.co.uk>, ok', 'from <[email]>, ok'],
    ["'o'brien@example.com'", "'[email]'"],
    ['mailto:ada@example.com?x=1', 'mailto:[email]?x=1'],
    ['/p?email=ada%40example.com&n=1', '/p?email=[email]&n=1'],
    ['a@x.io,b@y.io;c@z.io', '[email],[email];[email]'],
    ['josé@exämple.fr and 用户@例子.公司', '[email] and [email]'],
    ['ada@xn--bcher-kva.xn--p1ai.', '[email].'],
    ['"ada l"@example.com', '[email]'],
    ['ada@[192.0.2.1]', '[email]'],
    ['{"e":"ada\\u0040example.com"}', '{"e":"[email]"}'],
    ['sent.ada@example.com.', '[email].'],
    ['root@localhost, ada@localhost:/x', '[email], [email]:/x'],
    ['ada＠example.com and ada﹫example。com', '[email] and [email]'],
    ['?u=ada%2540example.com&v=bob%252540example%2Ecom', '?u=[email]&v=[email]'],
    ['ada&#64;example.com bob&#x40;example.com eve&commat;example.com', '[email] [email] [email]'],
    ['"{\\"e\\":\\"ada\\\\u0040example.com\\"}"', '"{\\"e\\":\\"[email]\\"}"'],
    ['ssh ada@192.0.2.7 ok', 'ssh [email] ok'],
    ['ada@[IPv6:2001:db8::1]', '[email]'],
    ['https://ada@example.com:8443/x', 'https://[email]:8443/x'],
  ])('given %s, then %s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  test.each([
    ['ada@localhosts'],
    ['left-pad@latest'],
    ['@example.com'],
    ['a @ b.com'],
    ['10 % 40'],
    ['left-pad@1.3.0'],
    ['@Override'],
  ])('given %s, then it stays', text => {
    expect(clean(text)).toBe(text);
  });

  test('given a megabyte without an address, then it ends soon', () => {
    const text = 'a'.repeat(1_000_000);

    expect(clean(text)).toBe(text);
    expect(clean(`${text}@example.com`)).toBe('[email]');
    for (const piece of ['@', '1', '0&#', '\\', '1 ', '4.', '%25', 'a:', '@a.']) {
      const many = piece.repeat(100_000 / piece.length);
      expect(clean(many)).toBe(many);
    }
  });
});

describe('IP addresses', () => {
  test.each([
    ['192.0.2.1', '[ip]'],
    ['from 10.0.0.1:8080 to 10.0.0.2.', 'from [ip]:8080 to [ip].'],
    ['10.0.0.1.52344 > 10.0.0.2.443', '[ip].52344 > [ip].443'],
    ['http://192.0.2.1/x', 'http://[ip]/x'],
    ['192.0.2.0/24', '[ip]/24'],
    ['::1', '[ip]'],
    ['[2001:db8::1]:443', '[[ip]]:443'],
    ['2001:DB8:0:0:8:800:200C:417A', '[ip]'],
    ['::ffff:192.0.2.1', '[ip]'],
    ['fe80::1%eth0', '[ip]%eth0'],
    ['peer:2001:db8::1, ok', 'peer:[ip], ok'],
    ['interface:fe80::1', 'interface:[ip]'],
    ['at fe80::1.', 'at [ip].'],
    ['at fe80::1:', 'at [ip]:'],
    ['addr=2001:db8:0:0:0:0:0:1:8080', 'addr=[ip]:8080'],
    ['?ip=2001%3Adb8%3A%3A1&x', '?ip=[ip]&x'],
    ['a%253A%253A1', '[ip]'],
    ['010.001.000.007', '[ip]'],
    ['ws://[::ffff:10.0.0.1]:80/', 'ws://[[ip]]:80/'],
    ['/10.0.0.1/x', '/[ip]/x'],
  ])('given %s, then %s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  test.each([
    ['12:30:45'],
    ['2024-07-03T05:16:55.000Z'],
    ['std::vector'],
    ['a :: b'],
    ['v1.2.3.4'],
    ['1.2.3'],
    ['1.3.6.1.4.1.311'],
    ['256.1.1.1'],
    ['aa:bb:cc:dd:ee:ff'],
    ['3.14'],
    ['Chrome/120.0.0.0 Safari/537.36'],
    ['https%3A%2F%2Fx at 12%3A30%3A45'],
  ])('given %s, then it stays', text => {
    expect(clean(text)).toBe(text);
  });

  test('given any address of either kind within words, then it is found', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.constantFrom('', 'from ', 'ip=', '"', '('), (address, before) => {
        fc.pre(address !== '::');
        expect(clean(`${before}${address} end`)).toBe(`${before}[ip] end`);
      }),
    );
  });
});

/** A number of so many digits that begins so, with its check digit. */
function cardNumber(begin: string, length: number, rest: readonly number[]): string {
  const digits = (begin + rest.join('')).slice(0, length - 1).padEnd(length - 1, '7');
  return Array.from({ length: 10 }, (_, check) => `${digits}${check}`).find(isCardNumber)!;
}

describe('credit cards', () => {
  test.each([
    ['4111111111111111', '[credit-card]'],
    ['4222222222222', '[credit-card]'],
    ['378282246310005', '[credit-card]'],
    ['30569309025904', '[credit-card]'],
    ['5555555555554444', '[credit-card]'],
    ['2223003122003222', '[credit-card]'],
    ['6011111111111117', '[credit-card]'],
    ['3530111333300000', '[credit-card]'],
    ['paid with 4111 1111 1111 1111.', 'paid with [credit-card].'],
    ['3782-822463-10005', '[credit-card]'],
    ['order 12345 4111111111111111 ok', 'order 12345 [credit-card] ok'],
    ['VISA4111111111111111', 'VISA[credit-card]'],
    ['4111111111111111,4222222222222', '[credit-card],[credit-card]'],
    ['4111\u00a01111\u00a01111\u00a01111', '[credit-card]'],
    ['4111\u202f1111\u20091111\u20111111', '[credit-card]'],
    ['4111.1111.1111.1111', '[credit-card]'],
    ['3782.822463.10005', '[credit-card]'],
    ['4111111111111111.0', '[credit-card].0'],
    ['card:4111:1111:1111:1111', 'card:[credit-card]'],
    ['4111/1111/1111/1111, 3782|822463|10005', '[credit-card], [credit-card]'],
    ['4111_1111_1111_1111', '[credit-card]'],
    ['4111,1111,1111,1111', '[credit-card]'],
    ['4111\t1111\t1111\t1111', '[credit-card]'],
    ['4111•1111•1111•1111', '[credit-card]'],
    ['4111\u{1f600}1111\u{1f600}1111\u{1f600}1111', '[credit-card]'],
    ['4111\u200b1111\u200b1111\u200b1111', '[credit-card]'],
    ['4111 - 1111 - 1111 - 1111', '[credit-card]'],
    ['n=4111%201111%201111%201111&x', 'n=[credit-card]&x'],
    ['4111+1111+1111+1111', '[credit-card]'],
    ['4111&nbsp;1111&nbsp;1111&nbsp;1111', '[credit-card]'],
    ['4111\\t1111\\t1111\\t1111', '[credit-card]'],
    ['{"n":"4111\\u00b71111\\u00b71111\\u00b71111"}', '{"n":"[credit-card]"}'],
  ])('given %s, then %s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  test.each([
    ['4111111111111112'],
    ['1719983815000'],
    ['1719983815000000004'],
    ['0.4111111111111111'],
    ['4111111111111111.5'],
    ['41111111.11111111'],
    ['4111 1111.1111 1111'],
    ['550e8400-e29b-41d4-a716-446655440000'],
    ['a4111111111111111b'],
    ['2024-07-03 05:16:55'],
    ['411111111111'],
    ['41111111111111111111'],
    ['2026112820543982'],
    ['573763426263223372'],
    ['2026/1128/2054/3982'],
    ['4111/1111/1111/1111/1'],
    ['[4111,1111,1111,1111]'],
    ['4111, 1111, 1111, 1111'],
    ['12_4111_1111_1111_1111'],
    ['2026-11-28 20:54:39.821'],
    ['2026/11/28 20:54:39'],
  ])('given %s, then it stays', text => {
    expect(clean(text)).toBe(text);
  });

  test.each([['2001:4111:1111:1111:1111::1'], ['4111:1111:1111:1111::']])('the address %s is no card', text => {
    expect(redactText(text, ['credit-card'], () => undefined)).toBe(text);
  });

  test('given any card number in a text, then it is found', () => {
    const kinds = fc.constantFrom<[string, number]>(
      ['4', 13],
      ['4', 16],
      ['51', 16],
      ['37', 15],
      ['36', 14],
      ['62', 19],
    );
    fc.assert(
      fc.property(kinds, fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 19 }), ([begin, length], rest) => {
        const card = cardNumber(begin, length, rest);
        expect(clean(`card ${card}!`)).toBe('card [credit-card]!');
      }),
    );
  });
});

test('suspects any finding of the detectors in JSON bytes, and finds the end', () => {
  const searches = [keySearch(sightsOf(DETECTORS)), valueSearch(sightsOf(DETECTORS))];
  const piece = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.emailAddress(),
    fc.ipV4(),
    fc.ipV6(),
    fc.ipV6().map(encodeURIComponent),
    fakeSecrets.map(({ text }) => text),
    fakeSecrets.map(({ text }) => encodeURIComponent(text)),
    fakeSecrets.map(({ text }) => JSON.stringify(text).slice(1, -1)),
    fc.constantFrom('4111 1111 1111 1111', '4111.1111.1111.1111', '4111\u00a01111\u202f1111\u20101111'),
    fc.constantFrom(
      '378282246310005',
      'b',
      'x',
      '\u3000',
      '\u2212',
      '@',
      '＠',
      '&#64;',
      '::',
      '1.1',
      '.',
      '-',
      ' ',
      '%40',
      '%2540',
      '.0',
      ...['+', '(0', ')', '/', '=', '%2B', '\n', 'phone=', 'IBAN', 'ghp_', 'AKIA', 'eyJ', 'DE89', '0123', '4111'],
    ),
  );
  const escaped = (json: string): string =>
    json.replace(/[^\x20-\x7e]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.boolean(), (pieces, isEscaped) => {
      const text = pieces.join('');
      const json = JSON.stringify(text);
      const bytes = Buffer.from(` ${isEscaped ? escaped(json) : json},`);
      for (const search of searches) {
        const end = search(bytes, 1);
        expect(Math.abs(end)).toBe(bytes.length - 1);
        if (clean(text) !== text) expect(end).toBeLessThan(0);
      }
    }),
    { numRuns: propertyRuns(500) },
  );
});
