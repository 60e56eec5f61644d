import { isIsoTime } from '../../core/iso-time.js';
import { DecodeError } from '../decoder.js';
import { isObjectAt, membersOf, stringValue, type Member } from '../json/members.js';

/** The members of an object at the top of a request. */
export interface Envelope {
  readonly members: readonly Member[];
  /** The event's label in an error: `event 3`. */
  readonly what: string;
  /** Its index in the request, from 0. */
  readonly index: number;
}

/**
 * Reads the members of the valid JSON value at `start`.
 * @throws DecodeError `invalid_event` when it is not an object.
 */
export function openEnvelope(bytes: Uint8Array, start: number, what: string, index: number): Envelope {
  const named = `${what} ${index}`;
  if (!isObjectAt(bytes, start)) throw new DecodeError('invalid_event', `${named} is not an object`, { index });
  return { members: membersOf(bytes, start), what: named, index };
}

/** Forwards an event; adds its index to an error of the processors behind the decoder. */
export function passOn({ what, index }: Envelope, pass: () => void): void {
  try {
    pass();
  } catch (error) {
    if (!(error instanceof DecodeError) || error.reason !== 'schema_violation') throw error;
    throw new DecodeError(error.reason, `${what}: ${error.message}`, { index });
  }
}

/** The error for an envelope's field. */
export function wrongField({ what, index }: Envelope, field: string, problem: string): DecodeError {
  return new DecodeError('invalid_event', `${what}: ${field} ${problem}`, { index, field });
}

/**
 * The member with a key that must occur exactly once: readers disagree on which of two counts.
 * @throws DecodeError `invalid_event` when it is missing or repeated, or `problemOf` finds a problem.
 */
export function requiredField(
  envelope: Envelope,
  field: string,
  problemOf: (member: Member) => string | undefined,
): Member {
  const [member, again] = envelope.members.filter(({ key }) => key === field);
  if (!member) throw wrongField(envelope, field, 'is missing');
  const problem = again ? 'is there twice' : problemOf(member);
  if (problem !== undefined) throw wrongField(envelope, field, problem);
  return member;
}

/** The problem of a value that must be a text; undefined for a valid one. */
export function textProblem(bytes: Uint8Array, { valueStart, end }: Member): string | undefined {
  const text = stringValue(bytes, valueStart, end);
  if (text === undefined) return 'must be a string';
  return text === '' ? 'is empty' : undefined;
}

/** The problem of a value that must be a time; undefined for a valid one. */
export function timeProblem(bytes: Uint8Array, member: Member): string | undefined {
  const text = stringValue(bytes, member.valueStart, member.end);
  if (text === undefined || text === '') return textProblem(bytes, member);
  if (isIsoTime(text)) return undefined;
  return `${JSON.stringify(clip(text))} is not an ISO 8601 time such as 2026-11-22T20:54:39.821Z`;
}

/** A text, cut for an error message. */
function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
