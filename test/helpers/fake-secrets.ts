import fc from 'fast-check';
import type { Detector } from '../../src/processors/redact/detectors.js';
import { isCardNumber } from '../../src/processors/redact/credit-card.js';
import { isIban } from '../../src/processors/redact/iban.js';

/** A made-up value that a detector names, and the part of it that nothing may keep. */
export interface FakeSecret {
  readonly detector: Detector;
  readonly text: string;
  readonly needle: string;
}

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Texts of `minLength` to `maxLength` characters of an alphabet. */
export function charactersOf(alphabet: string, minLength: number, maxLength = minLength): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...alphabet.split('')), minLength, maxLength });
}

const digits = (length: number): fc.Arbitrary<string> => charactersOf('0123456789', length);

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const jwt = fc
  .tuple(
    fc.constantFrom('HS256', 'RS256', 'ES512'),
    charactersOf(ALPHANUMERIC, 8),
    charactersOf(`${ALPHANUMERIC}-_`, 43),
  )
  .map(([alg, sub, signature]): FakeSecret => {
    const text = `${base64url({ alg, typ: 'JWT' })}.${base64url({ sub })}.${signature}`;
    return { detector: 'jwt', text, needle: signature };
  });

const gitHubToken = fc
  .oneof(
    fc.tuple(fc.constantFrom('ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'), charactersOf(ALPHANUMERIC, 36)),
    fc.tuple(fc.constant('github_pat_11FAKE0000000000000000_'), charactersOf(ALPHANUMERIC, 59)),
  )
  .map(([prefix, rest]): FakeSecret => ({ detector: 'github-token', text: prefix + rest, needle: rest }));

const accessKeyId = fc
  .tuple(fc.constantFrom('AKIA', 'ASIA'), charactersOf('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16))
  .map(([prefix, rest]): FakeSecret => ({ detector: 'aws-key', text: prefix + rest, needle: rest }));

const accessKey = fc
  .tuple(
    fc.constantFrom('aws_secret_access_key=', 'AWS_SECRET_ACCESS_KEY: ', '"SecretAccessKey":"', '<SecretAccessKey>'),
    charactersOf(`${ALPHANUMERIC}/+`, 40),
  )
  .map(([name, secret]): FakeSecret => ({ detector: 'aws-key', text: name + secret, needle: secret }));

const privateKey = fc
  .tuple(
    fc.constantFrom('', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED '),
    fc.array(charactersOf(`${ALPHANUMERIC}+/`, 64), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('\n', '\r\n', '\\n'),
  )
  .map(([label, lines, end]): FakeSecret => {
    const text = [`-----BEGIN ${label}PRIVATE KEY-----`, ...lines, `-----END ${label}PRIVATE KEY-----`].join(end);
    return { detector: 'private-key', text, needle: lines[0]! };
  });

const iban = fc
  .tuple(
    fc.oneof(
      digits(18).map(bban => `DE00${bban}`),
      digits(14).map(bban => `GB00FAKE${bban}`),
      fc
        .tuple(digits(10), charactersOf('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', 11))
        .map(([bank, account]) => `FR00${bank}${account}00`),
      digits(11).map(bban => `NO00${bban}`),
    ),
    fc.constantFrom('', ' ', '\u00a0'),
  )
  .map(([unchecked, separator]): FakeSecret => {
    const text = groupsOf(withCheckDigits(unchecked)).join(separator);
    return { detector: 'iban', text, needle: text };
  });

/** Returns an IBAN with the check digits that belong to it. */
function withCheckDigits(iban: string): string {
  const checks = Array.from({ length: 97 }, (_, i) => String(i + 2).padStart(2, '0'));
  return checks.map(check => iban.slice(0, 2) + check + iban.slice(4)).find(isIban)!;
}

function groupsOf(iban: string): string[] {
  return iban.match(/.{1,4}/g)!;
}

const card = fc
  .tuple(
    fc.constantFrom('4000', '5100', '6011'),
    digits(11),
    fc.constantFrom('', ' ', '-', '/', '.', '_', '·', '|', ':', '\t'),
  )
  .map(([issuer, rest, separator]): FakeSecret => {
    const number = Array.from({ length: 10 }, (_, check) => `${issuer}${rest}${check}`).find(isCardNumber)!;
    const text = number.match(/.{4}/g)!.join(separator);
    return { detector: 'credit-card', text, needle: text };
  });

const phone = fc
  .oneof(
    digits(7).map(rest => `+1555${rest}`),
    digits(8).map(rest => `+49 30 ${rest}`),
    digits(8).map(rest => `020 ${rest.slice(0, 4)} ${rest.slice(4)}`),
    digits(4).map(rest => `(555) 555-${rest}`),
    digits(4).map(rest => `555-555-${rest}`),
  )
  .map((text): FakeSecret => ({ detector: 'phone', text, needle: text }));

const email = fc
  .tuple(charactersOf('abcdefghijklmnopqrstuvwxyz.', 6), charactersOf('abcdefghijklmnopqrstuvwxyz', 4, 8))
  .map(([name, host]): FakeSecret => {
    const text = `a${name}z@${host}.example`;
    return { detector: 'email', text, needle: text };
  });

/** Values of every detector that has a form that words do not have. */
export const fakeSecrets: fc.Arbitrary<FakeSecret> = fc.oneof(
  jwt,
  gitHubToken,
  accessKeyId,
  accessKey,
  privateKey,
  iban,
  card,
  phone,
  email,
  fc.ipV4().map((text): FakeSecret => ({ detector: 'ip', text, needle: text })),
);
