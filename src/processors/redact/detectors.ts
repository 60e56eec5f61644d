import { awsKeySight, findAwsKeys } from './aws-key.js';
import { cardSight, findCards } from './credit-card.js';
import { emailSight, findEmails } from './email.js';
import type { FirstSight } from './first-sight.js';
import { findGitHubTokens, gitHubTokenSight } from './github-token.js';
import { findIbans, ibanSight } from './iban.js';
import { findAddresses, ipSight } from './ip.js';
import { findJwts, jwtSight } from './jwt.js';
import { findPhones, phoneSight } from './phone.js';
import { findPrivateKeys, privateKeySight } from './private-key.js';
import { merged, replaceSpans, type Span } from './span.js';
import { unescaped } from './unescaped.js';

/**
 * The detectors, which find values in text by their form, in the order that they run: a part of one find may look like
 * a find of a later detector.
 */
export const DETECTORS = [
  'private-key',
  'github-token',
  'jwt',
  'aws-key',
  'email',
  'ip',
  'iban',
  'credit-card',
  'phone',
] as const;

/** One of {@link DETECTORS}. */
export type Detector = (typeof DETECTORS)[number];

/** Words of --redact that name several detectors. */
const GROUPS: ReadonlyMap<string, readonly Detector[]> = new Map([
  ['secrets', ['private-key', 'github-token', 'jwt', 'aws-key', 'iban', 'phone']],
]);

/** The label that replaces a finding. */
export function labelOf(detector: Detector): string {
  return `[${detector}]`;
}

interface TextDetector {
  /** Finds values in a text: in order, without overlaps. */
  readonly find: (text: string) => Span[];
  readonly sight: FirstSight;
}

const BY_NAME: Readonly<Record<Detector, TextDetector>> = {
  'private-key': { find: findPrivateKeys, sight: privateKeySight },
  'github-token': { find: findGitHubTokens, sight: gitHubTokenSight },
  jwt: { find: findJwts, sight: jwtSight },
  'aws-key': { find: findAwsKeys, sight: awsKeySight },
  email: { find: findEmails, sight: emailSight },
  ip: { find: findAddresses, sight: ipSight },
  iban: { find: findIbans, sight: ibanSight },
  'credit-card': { find: findCards, sight: cardSight },
  phone: { find: findPhones, sight: phoneSight },
};

/** The cheap tests that predict a finding of {@link redactText}. */
export function sightsOf(detectors: readonly Detector[]): FirstSight[] {
  return detectors.map(detector => BY_NAME[detector].sight);
}

/**
 * Replaces findings of the detectors with labels, in the text and in its unescaped form; `found` counts them. Returns
 * the same text without a finding.
 */
export function redactText(
  text: string,
  detectors: readonly Detector[],
  found: (detector: Detector, count: number) => void,
): string {
  return redactAs(text, detectors, found, result => result);
}

/**
 * As {@link redactText}, for bytes that are not UTF-8, read as one character a byte. Bytes beyond ASCII count as
 * letters.
 */
export function redactBinary(...[message, detectors, found]: Parameters<typeof redactText>): string {
  return redactAs(message, detectors, found, result => result.replace(/[\x80-\xff]/g, '\xff'));
}

/** @param viewOf the text searched instead of another of the same length */
function redactAs(
  text: string,
  detectors: readonly Detector[],
  found: (detector: Detector, count: number) => void,
  viewOf: (text: string) => string,
): string {
  let result = text;
  let view = viewOf(result);
  let read = unescaped(view);
  for (const detector of detectors) {
    const { find } = BY_NAME[detector];
    const escapes = read;
    let spans = find(view);
    if (escapes) {
      const whole = spans.filter(span => !escapes.cutsEscape(span));
      spans = merged([...whole, ...find(escapes.text).map(escapes.original)]);
    }
    if (spans.length === 0) continue;
    found(detector, spans.length);
    result = replaceSpans(result, spans, labelOf(detector));
    view = viewOf(result);
    read = unescaped(view);
  }
  return result;
}

/** The detectors named by the words of --redact, ignoring case. */
export function detectorsIn(redact: readonly string[]): Detector[] {
  const words = redact.map(word => word.toLowerCase());
  const named = new Set<string>(words.flatMap(word => [word, ...(GROUPS.get(word) ?? [])]));
  return DETECTORS.filter(detector => named.has(detector));
}

/** The paths among the words of --redact. For a key named like a detector, use --drop or --hash. */
export function pathsIn(redact: readonly string[]): string[] {
  const detectors: ReadonlySet<string> = new Set([...DETECTORS, ...GROUPS.keys()]);
  return redact.filter(word => !detectors.has(word.toLowerCase()));
}

/** The words of --redact as understood: the detectors, then the fields. */
export function redactionShown(redact: readonly string[]): string {
  const detectors = detectorsIn(redact);
  const fields = pathsIn(redact);
  return [
    ...(detectors.length === 0 ? [] : [`${detectors.join(', ')} wherever they are found`]),
    ...(fields.length === 0 ? [] : [`the ${fields.length === 1 ? 'field' : 'fields'} ${fields.join(', ')}`]),
  ].join('; ');
}
