import { describe, expect, test } from 'vitest';
import {
  detectorsIn,
  pathsIn,
  redactionShown,
  redactText,
  type Detector,
} from '../../../src/processors/redact/detectors.js';

const cleaner =
  (...detectors: Detector[]) =>
  (text: string): string =>
    redactText(text, detectors, () => undefined);

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const HEADER = base64url('{"alg":"HS256","typ":"JWT"}');
const CLAIMS = base64url('{"sub":"nobody"}');
const JWT = `${HEADER}.${CLAIMS}.ZmFrZQ`;

describe('jwt', () => {
  const clean = cleaner('jwt');

  test.each([
    [JWT, '[jwt]'],
    [`Bearer ${JWT}`, 'Bearer [jwt]'],
    [`it is ${JWT}.`, 'it is [jwt].'],
    [`https://x.example/?token=${JWT}&a=1`, 'https://x.example/?token=[jwt]&a=1'],
    [`token%3D${JWT}`, 'token%3D[jwt]'],
    [`line\\n${JWT}\\n`, 'line\\n[jwt]\\n'],
    [`${HEADER}.${CLAIMS}`, '[jwt]'],
    [`${base64url('{"alg":"none"}')}.${CLAIMS}.`, '[jwt].'],
    [`${base64url('{\r\n "alg":"HS256"}')}.${CLAIMS}.ZmFrZQ`, '[jwt]'],
    [`${base64url('{"alg":"dir","enc":"A128GCM"}')}..iv.text.tag`, '[jwt]'],
    [`${base64url('{"alg":"HS256"}')}..ZmFrZQ`, '[jwt]'],
    [`eyJmYWtlX2hlYWRlcg.eyJmYWtlX2NsYWltcw.ZmFrZQ`, '[jwt]'],
    [`${JWT},${JWT}`, '[jwt],[jwt]'],
  ])('%s becomes %s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  test.each([
    [HEADER],
    [`${base64url('{"a":1}')}.x`],
    ['eyJ.eyJ.x'],
    ['www.journey.example.com'],
    ['com.example.eyJavaClass.method'],
  ])('%s stays', text => {
    expect(clean(text)).toBe(text);
  });
});

describe('github-token', () => {
  const clean = cleaner('github-token');
  const REST = 'Fake'.repeat(9);

  test.each([
    [`ghp_${REST}`, '[github-token]'],
    [`gho_${REST} ghu_${REST},ghs_${REST};ghr_${REST}`, '[github-token] [github-token],[github-token];[github-token]'],
    [`https://x-access-token:ghs_${REST}@github.com/a/b`, 'https://x-access-token:[github-token]@github.com/a/b'],
    [`github_pat_11FAKE0000000000000000_${'x'.repeat(59)}.`, '[github-token].'],
    [`ghs_123456_${JWT} ok`, '[github-token] ok'],
    [`token\\u003dghp_${REST}`, 'token\\u003d[github-token]'],
    // The checksum is right: a token that GitHub's users have published as expired.
    [`x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`, 'x[github-token]'],
  ])('%s becomes %s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  test.each([['ghp_short'], [`xghp_${REST}`], [`ghx_${REST}`], ['ghs_1_2'], ['github_pat_x'], [`ghp-${REST}`]])(
    '%s stays',
    text => {
      expect(clean(text)).toBe(text);
    },
  );
});

describe('aws-key', () => {
  const clean = cleaner('aws-key');
  const ID = 'AKIAIOSFODNN7EXAMPLE';
  const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const TOKEN = 'FakeSessionToken/'.repeat(8);

  test.each([
    [`key ${ID}.`, 'key [aws-key].'],
    ['ASIAIOSFODNN7EXAMPLE', '[aws-key]'],
    [`X-Amz-Credential%3D${ID}%2F20130524`, 'X-Amz-Credential%3D[aws-key]%2F20130524'],
    [`${ID},${SECRET}`, '[aws-key],[aws-key]'],
    [`aws_secret_access_key = ${SECRET}`, 'aws_secret_access_key = [aws-key]'],
    [`export AWS_SECRET_ACCESS_KEY="${SECRET}"`, 'export AWS_SECRET_ACCESS_KEY="[aws-key]"'],
    [`{"SecretAccessKey": "${SECRET}"}`, '{"SecretAccessKey": "[aws-key]"}'],
    [`{\\"secretAccessKey\\":\\"${SECRET.replaceAll('/', '\\/')}\\"}`, '{\\"secretAccessKey\\":\\"[aws-key]\\"}'],
    [`?secretKey=${encodeURIComponent(SECRET)}&x`, '?secretKey=[aws-key]&x'],
    [`<SecretAccessKey>${SECRET}</SecretAccessKey>`, '<SecretAccessKey>[aws-key]</SecretAccessKey>'],
    [`AWS Secret Access Key [None]: ${SECRET}`, 'AWS Secret Access Key [None]: [aws-key]'],
    [`aws_session_token=${TOKEN}`, 'aws_session_token=[aws-key]'],
    [`x-amz-security-token: ${TOKEN}`, 'x-amz-security-token: [aws-key]'],
  ])('%s becomes %s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  test.each([
    [SECRET],
    [`X${ID}`],
    [`${ID}X`],
    ['AKIAlowercaseletters'],
    ['AIDAIOSFODNN7EXAMPLE'],
    [`secret_access_key=${SECRET}x`],
    ['commit 4bf92f3577b34da6a3ce929d0e0e47364bf92f35'],
    ['session_token=short'],
  ])('%s stays', text => {
    expect(clean(text)).toBe(text);
  });

  test('a commit after an id is no secret', () => {
    const commit = '4bf92f3577b34da6a3ce929d0e0e47364bf92f35';
    expect(clean(`${ID} ${commit}`)).toBe(`[aws-key] ${commit}`);
  });
});

describe('private-key', () => {
  const clean = cleaner('private-key');
  const BODY = 'MIIEfakefakefakefakefakefakefakefake+/==';

  test.each([
    [`-----BEGIN PRIVATE KEY-----\n${BODY}\n-----END PRIVATE KEY-----`],
    [`-----BEGIN RSA PRIVATE KEY-----\r\n${BODY}\r\n${BODY}\r\n-----END RSA PRIVATE KEY-----`],
    [`-----BEGIN ENCRYPTED PRIVATE KEY-----\\n${BODY}\\n-----END ENCRYPTED PRIVATE KEY-----`],
    [`-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n${BODY}\n-----END RSA PRIVATE KEY-----`],
    [`-----BEGIN OPENSSH PRIVATE KEY----- ${BODY} -----END OPENSSH PRIVATE KEY-----`],
    [`-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${BODY}\n=fake\n-----END PGP PRIVATE KEY BLOCK-----`],
    [`-----BEGIN%20EC%20PRIVATE%20KEY-----%0A${encodeURIComponent(BODY)}%0A-----END%20EC%20PRIVATE%20KEY-----`],
    [`---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n${BODY}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----`],
    ['-----BEGIN PRIVATE KEY-----\nfake\n-----END PRIVATE KEY-----'],
  ])('%s is named whole', key => {
    expect(clean(`a ${key} b ${key}`)).toBe('a [private-key] b [private-key]');
  });

  test.each([
    [`-----BEGIN PRIVATE KEY-----\n${BODY}\n${BODY}\nMII`, '[private-key]'],
    [`-----BEGIN PRIVATE KEY-----\\n${BODY}\\nMII"}`, '[private-key]"}'],
    [`-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n${BODY}`, '[private-key]'],
    [`-----BEGIN PRIVATE KEY-----\n${BODY} and so on`, '[private-key] and so on'],
  ])('of the cut off %s the base64 is named', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  test.each([
    ['no -----BEGIN PRIVATE KEY----- line'],
    [`-----BEGIN CERTIFICATE-----\n${BODY}\n-----END CERTIFICATE-----`],
    [`-----BEGIN PUBLIC KEY-----\n${BODY}\n-----END PUBLIC KEY-----`],
    ['-'.repeat(80)],
  ])('%s stays', text => {
    expect(clean(text)).toBe(text);
  });
});

describe('the words of --redact', () => {
  test('detectors are named in any case, secrets names several, and all else is a path', () => {
    const words = ['JWT', 'auth.password', 'Email', 'cards'];
    expect(detectorsIn(words)).toEqual(['jwt', 'email']);
    expect(pathsIn(words)).toEqual(['auth.password', 'cards']);
    expect(redactionShown(words)).toBe('jwt, email wherever they are found; the fields auth.password, cards');
    expect(detectorsIn(['secrets', 'ip'])).toEqual([
      'private-key',
      'github-token',
      'jwt',
      'aws-key',
      'ip',
      'iban',
      'phone',
    ]);
    expect(redactionShown(['secret'])).toBe('the field secret');
  });
});
