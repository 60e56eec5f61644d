import { findCards } from './credit-card.js';
import { findEmails } from './email.js';
import { findAddresses } from './ip.js';
import { replaceSpans, type Span } from './span.js';

/** What can be found in text by its form, wherever it stands. */
export const DETECTORS = ['email', 'ip', 'credit-card'] as const;

/** One of {@link DETECTORS}. */
export type Detector = (typeof DETECTORS)[number];

/** What stands for a thing that was found. */
export const LABELS: Readonly<Record<Detector, string>> = {
  email: '[email]',
  ip: '[ip]',
  'credit-card': '[credit-card]',
};

const FIND: Readonly<Record<Detector, (text: string) => Span[]>> = {
  email: findEmails,
  ip: findAddresses,
  'credit-card': findCards,
};

/** Puts labels in the place of what the detectors find; `found` is told how often. Returns the same text when nothing was. */
export function redactText(
  text: string,
  detectors: readonly Detector[],
  found: (detector: Detector, count: number) => void,
): string {
  let result = text;
  for (const detector of detectors) {
    const spans = FIND[detector](result);
    if (spans.length === 0) continue;
    found(detector, spans.length);
    result = replaceSpans(result, spans, LABELS[detector]);
  }
  return result;
}

/** The same in bytes that are no UTF-8, as a text of one character a byte. Those beyond ASCII may be of any letter. */
export function redactBinary(...[message, detectors, found]: Parameters<typeof redactText>): string {
  let result = message;
  for (const detector of detectors) {
    const spans = FIND[detector](result.replace(/[\x80-\xff]/g, '\xff'));
    if (spans.length === 0) continue;
    found(detector, spans.length);
    result = replaceSpans(result, spans, LABELS[detector]);
  }
  return result;
}

/** The detectors among the words of --redact. */
export function detectorsIn(redact: readonly string[]): Detector[] {
  return DETECTORS.filter(detector => redact.includes(detector));
}

/** The paths among the words of --redact. A key named like a detector is reached with --drop or --hash. */
export function pathsIn(redact: readonly string[]): string[] {
  return redact.filter(word => !(DETECTORS as readonly string[]).includes(word));
}
