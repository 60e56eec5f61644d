import { isObjectAt, membersOf, stringValue, textOf } from '../../json/members.js';

/** The members of an event, of which records take some by name; the others become attributes. */
export class EventMembers {
  readonly bytes: Uint8Array;
  /** By key; of a repeated key the first counts, as in queries. */
  readonly #left = new Map<string, { readonly start: number; readonly end: number; readonly index: number }>();

  /** @param bytes one valid JSON value; one that is not an object has no members. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    if (!isObjectAt(bytes, 0)) return;
    membersOf(bytes, 0).forEach(({ key, valueStart, end }, index) => {
      if (!this.#left.has(key)) this.#left.set(key, { start: valueStart, end, index });
    });
  }

  /** The keys of the members that are left. */
  keys(): ReadonlySet<string> {
    return new Set(this.#left.keys());
  }

  has(key: string): boolean {
    return this.#left.has(key);
  }

  /** The index of a member in the event; undefined without one. */
  indexOf(key: string): number | undefined {
    return this.#left.get(key)?.index;
  }

  /** The JSON text of a member; undefined without one. */
  json(key: string): string | undefined {
    const found = this.#left.get(key);
    return found && textOf(this.bytes, found.start, found.end);
  }

  /** The value of a member that is a string. */
  string(key: string): string | undefined {
    const found = this.#left.get(key);
    return found && stringValue(this.bytes, found.start, found.end);
  }

  /** Takes a member whose JSON text matches. */
  takeJson(key: string, pattern: RegExp): string | undefined {
    const json = this.json(key);
    if (json === undefined || !pattern.test(json)) return undefined;
    this.#left.delete(key);
    return json;
  }

  /** Takes a member that is a string, and passes the test if there is one. */
  takeString(key: string, test: (text: string) => boolean = () => true): string | undefined {
    const text = this.string(key);
    if (text === undefined || !test(text)) return undefined;
    this.#left.delete(key);
    return text;
  }

  /** Accepts every member. */
  drop(...keys: readonly string[]): void {
    for (const key of keys) this.#left.delete(key);
  }

  /** Calls back for each member that is left, and takes those for which that returns true. */
  takeEach(take: (key: string, start: number, end: number, index: number) => boolean): void {
    for (const [key, { start, end, index }] of this.#left) {
      if (take(key, start, end, index)) this.#left.delete(key);
    }
  }
}

/** An integer from 0 to below 2^64, as JSON. */
export const NATURAL = /^\d{1,20}$/;

/** A number of JSON. */
export const NUMBER = /^-?\d/;
