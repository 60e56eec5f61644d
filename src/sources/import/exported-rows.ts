import { isCoreColumn } from '../../core/attribute.js';
import { EVENT_TYPE, LEVEL_KEYS } from '../../core/vocabulary.js';
import { isObjectAt, membersOf, stringValue, textOf, type Member } from '../../formats/json/members.js';
import { oneValue } from '../../formats/json/one-value.js';

/*
 * Rows that `telemetry query` wrote, read back as events. A row with the column `payload` is the event that its payload
 * is, byte for byte; the other columns were made of it. Without it the columns are the event: those that the store gives
 * an event when it receives it are left out, and so are nulls, which stand for keys that an event had not.
 *
 * Other programs write rows with such names, too. A row is taken whole where it has a column that is neither one of the
 * store nor a key of its payload, or one that does not tell what the payload tells.
 */

/** Columns that an event is given when it is received. */
const GIVEN = ['id', 'stream_id', 'received_at', 'insert_datetime', 'encoding'] as const;

const given: ReadonlySet<string> = new Set(GIVEN);

/** Types that an event without one is given. */
const INFERRED: ReadonlySet<string> = new Set([EVENT_TYPE.event, EVENT_TYPE.log, EVENT_TYPE.metric, EVENT_TYPE.trace]);

/** Core columns whose values are not texts of the payload: they were computed. */
const COMPUTED: ReadonlySet<string> = new Set(['time', 'severity', 'duration_ms']);

/** How a payload stands in a row: as the JSON that it is, or as its text in a cell. */
export type PayloadKind = 'json' | 'cell';

/** What was found in the rows of a file. */
export interface ExportNotes {
  /** Rows of which the payload was taken. */
  readonly payloads: number;
  /** Payloads that were binary messages: they come back as the text in base64 that payload shows. */
  readonly binaries: number;
  /** Columns that were left out of rows without a payload. */
  readonly leftOut: ReadonlySet<string>;
}

/** An event that was made of a row. */
export interface Restored {
  readonly bytes: Uint8Array;
  /** True for the payload of an event, to which nothing is to be added. */
  readonly isPayload: boolean;
}

/** Makes events of rows that `telemetry query` wrote. */
export class ExportedRows implements ExportNotes {
  readonly #kind: PayloadKind;
  readonly #maxEventBytes: number;
  /** Whether rows of a shape may be such, by the shape. */
  readonly #shapes = new Map<number, boolean>();
  #payloads = 0;
  #binaries = 0;
  readonly #leftOut = new Set<string>();

  constructor(kind: PayloadKind, maxEventBytes: number) {
    this.#kind = kind;
    this.#maxEventBytes = maxEventBytes;
  }

  get payloads(): number {
    return this.#payloads;
  }

  get binaries(): number {
    return this.#binaries;
  }

  get leftOut(): ReadonlySet<string> {
    return this.#leftOut;
  }

  /** The event of a row; undefined when that is the row. */
  restore(bytes: Uint8Array, start: number, shape: number): Restored | undefined {
    if (!isObjectAt(bytes, start)) return undefined;
    const known = this.#shapes.get(shape);
    if (known === false) return undefined;
    const members = membersOf(bytes, start);
    if (known === undefined) this.#remember(shape, mayBeExported(members));
    const payload = members.find(({ key }) => key === 'payload');
    if (payload) return this.#payload(bytes, payload, members);
    return isOfStore(bytes, members) ? this.#columns(bytes, members) : undefined;
  }

  #remember(shape: number, may: boolean): void {
    if (this.#shapes.size >= MAX_SHAPES) this.#shapes.clear();
    if (shape !== 0) this.#shapes.set(shape, may);
  }

  #payload(bytes: Uint8Array, payload: Member, members: readonly Member[]): Restored | undefined {
    const event = this.#eventIn(bytes, payload);
    if (!event || !isMadeOf(event, bytes, members)) return undefined;
    this.#payloads++;
    const encoding = members.find(({ key }) => key === 'encoding');
    if (encoding && stringValue(bytes, encoding.valueStart, encoding.end) === 'base64') this.#binaries++;
    return { bytes: event, isPayload: true };
  }

  /** The JSON of a payload; undefined when it is none, or null. */
  #eventIn(bytes: Uint8Array, { valueStart, end }: Member): Uint8Array | undefined {
    const text = this.#kind === 'cell' ? stringValue(bytes, valueStart, end) : undefined;
    const event = text === undefined ? bytes.subarray(valueStart, end) : Buffer.from(text);
    if (text !== undefined && !oneValue(event, this.#maxEventBytes)) return undefined;
    return isNull(event, 0) ? undefined : event;
  }

  #columns(bytes: Uint8Array, members: readonly Member[]): Restored {
    const hasTime = members.some(({ key, valueStart }) => key === 'time' && !isNull(bytes, valueStart));
    const kept = members.flatMap(({ key, start, valueStart, end }) => {
      if (key === 'received_at' && !hasTime) return [`"time":${textOf(bytes, valueStart, end)}`];
      if (given.has(key)) {
        this.#leftOut.add(key);
        return [];
      }
      const isLeft = isNull(bytes, valueStart) || repeats(bytes, members, key, textOf(bytes, valueStart, end));
      return isLeft ? [] : [textOf(bytes, start, end)];
    });
    return { bytes: Buffer.from(`{${kept.join(',')}}`), isPayload: false };
  }
}

/** Core columns that an event needs as keys, whatever its other keys are. */
const NEEDED: ReadonlySet<string> = new Set(['time', 'type']);

/** True for a core column that will be computed again, of a key that the row has as well. */
function repeats(bytes: Uint8Array, members: readonly Member[], key: string, value: string): boolean {
  if (!isCoreColumn(key) || NEEDED.has(key)) return false;
  const others = members.filter(other => !isCoreColumn(other.key) && !isNull(bytes, other.valueStart));
  if (key === 'severity') return others.some(other => LEVEL_KEYS.includes(other.key));
  return others.some(({ valueStart, end }) => textOf(bytes, valueStart, end) === value);
}

/** Shapes that are remembered; past it, they are looked at again. */
const MAX_SHAPES = 4096;

function mayBeExported(members: readonly Member[]): boolean {
  return members.some(({ key }) => key === 'payload' || given.has(key));
}

/** True for a row with columns that only the store gives: a stream, the alias of the time of receipt, or an id and that time. */
function isOfStore(bytes: Uint8Array, members: readonly Member[]): boolean {
  const has = (key: string, isValue: (at: number, end: number) => boolean): boolean =>
    members.some(member => member.key === key && isValue(member.valueStart, member.end));
  const isCount = (at: number, end: number): boolean => /^\d+$/.test(textOf(bytes, at, end));
  const isTime = (at: number, end: number): boolean => TIME.test(stringValue(bytes, at, end) ?? '');
  if (has('stream_id', isCount) || has('insert_datetime', isTime)) return true;
  return has('id', isCount) && has('received_at', isTime);
}

/** A time as queries print it. */
const TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}/;

/** True when an event is what the other columns of its row were made of. */
function isMadeOf(event: Uint8Array, bytes: Uint8Array, members: readonly Member[]): boolean {
  const text = Buffer.from(event.buffer, event.byteOffset, event.length);
  const isStored = isOfStore(bytes, members);
  return members.every(({ key, valueStart, end }) => {
    if (key === 'payload' || isNull(bytes, valueStart)) return true;
    if (!isCoreColumn(key)) return hasKey(event, 0, key);
    if (isStored || COMPUTED.has(key)) return true;
    if (given.has(key)) return key !== 'id' || /^\d+$/.test(textOf(bytes, valueStart, end));
    const value = stringValue(bytes, valueStart, end) ?? textOf(bytes, valueStart, end);
    return (key === 'type' && INFERRED.has(value)) || text.includes(JSON.stringify(value).slice(1, -1));
  });
}

/** True when an object has a key, in any case; a dotted one may lead through objects. */
function hasKey(bytes: Uint8Array, start: number, name: string): boolean {
  if (!isObjectAt(bytes, start)) return false;
  const wanted = name.toLowerCase();
  return membersOf(bytes, start).some(({ key, valueStart }) => {
    const own = key.toLowerCase();
    return own === wanted || (wanted.startsWith(`${own}.`) && hasKey(bytes, valueStart, name.slice(key.length + 1)));
  });
}

function isNull(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x6e;
}
