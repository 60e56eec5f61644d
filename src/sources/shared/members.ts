import { ENCODING, type EventMeta, type EventSink } from '../../core/event.js';
import type { InputFormat } from '../../core/input-format.js';
import { isObjectAt, stringAt, visitMembers } from '../../formats/json/members.js';
import { podIn } from '../../formats/lines/container-log.js';

/** A member added to events that lack its key. */
export interface Member {
  readonly key: string;
  /** Its value. */
  readonly json: string;
}

/** Members that name the origin of an event. @param path absolute, or `stdin`. */
export function sourceMembers(path: string, reading: InputFormat | undefined): Member[] {
  const pod = reading === 'cri' ? podIn(path) : undefined;
  return Object.entries({ file: path, ...pod }).map(([key, value]) => ({ key, json: JSON.stringify(value) }));
}

/** The keys that an object lacks. */
interface Lacking {
  /** True for an object without any member. */
  readonly isEmpty: boolean;
  /** True for each group of keys that is missing entirely. */
  readonly groups: readonly boolean[];
}

/** Limit of remembered shapes; the map is cleared when it is full. */
const MAX_SHAPES = 4096;

/** The shape of an event when it is unknown. */
export const NO_SHAPE = 0;

/** Finds the keys that objects lack, ignoring case: keys that differ by case share a column. */
export class KeyCheck {
  readonly #groups: readonly (readonly string[])[];
  readonly #known = new Map<number, Lacking>();

  /** @param groups the names of each member, the preferred one first. */
  constructor(groups: readonly (readonly string[])[]) {
    this.#groups = groups.map(names => names.map(name => name.toLowerCase()));
  }

  /**
   * The keys that the valid JSON object at `start` lacks.
   * @param shape from its EventMeta; objects of one shape have the same keys.
   */
  of(bytes: Uint8Array, start: number, shape: number): Lacking {
    const known = shape === NO_SHAPE ? undefined : this.#known.get(shape);
    if (known) return known;
    const keys = new Set<string>();
    visitMembers(bytes, start, (from, to) => keys.add(stringAt(bytes, from, to).toLowerCase()));
    const groups = this.#groups.map(names => !names.some(name => keys.has(name)));
    const lacking = { isEmpty: keys.size === 0, groups };
    if (shape !== NO_SHAPE) {
      if (this.#known.size >= MAX_SHAPES) this.#known.clear();
      this.#known.set(shape, lacking);
    }
    return lacking;
  }
}

/**
 * Takes an event.
 * @param suffix replaces its closing bracket to add members.
 * @param meta the metadata of the event with its members; undefined or of {@link NO_SHAPE} where it is not known. Valid
 *   during the call.
 */
export type TakeEvent = (
  bytes: Uint8Array,
  start: number,
  end: number,
  suffix?: Uint8Array,
  meta?: Readonly<EventMeta>,
) => void;

/** Members that some events lack, as text, and the shape of such events by their shape without them. */
interface Suffix {
  readonly text: Buffer;
  readonly shapeOf: (shape: number) => number;
}

/** Shapes have 53 bits. */
const SHAPES = 2 ** 53;

/** Distances of the shapes of events with different suffixes: those of hashes, which are spread evenly. */
const SHAPE_STEP = 0x9e3779b97f4a7;

/** The key of the id that events are stored once by. */
const EVENT_ID = 'event_id';

/** Creates a sink that adds members to objects. An event that would exceed `maxEventBytes` stays unchanged. */
export function addingMembers(members: readonly Member[], take: TakeEvent, maxEventBytes: number): EventSink {
  if (members.length === 0) return (bytes, start, end, meta) => take(bytes, start, end, undefined, meta);
  const check = new KeyCheck(members.map(({ key }) => [key]));
  const suffixes = new Map<Lacking, Suffix>();
  const meta: EventMeta = { shape: NO_SHAPE, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
  let count = 0;

  function suffixOf(lacking: Lacking): Suffix {
    let suffix = suffixes.get(lacking);
    if (!suffix) {
      const added = members.filter((_, i) => lacking.groups[i]);
      const text = added.map(({ key, json }) => `${JSON.stringify(key)}:${json}`);
      const step = added.length === 0 ? 0 : (++count * SHAPE_STEP) % SHAPES;
      const isId = added.some(({ key }) => key === EVENT_ID);
      suffix = {
        text: Buffer.from(`${lacking.isEmpty || text.length === 0 ? '' : ','}${text.join(',')}}`),
        shapeOf: shape => (isId || shape === NO_SHAPE ? NO_SHAPE : (shape + step) % SHAPES),
      };
      if (suffixes.size >= MAX_SHAPES) suffixes.clear();
      suffixes.set(lacking, suffix);
    }
    return suffix;
  }

  return (bytes, start, end, given) => {
    if (!isObjectAt(bytes, start)) {
      take(bytes, start, end, undefined, given);
      return;
    }
    const { text, shapeOf } = suffixOf(check.of(bytes, start, given.shape));
    if (end - start - 1 + text.length > maxEventBytes) {
      take(bytes, start, end, undefined, given);
      return;
    }
    meta.shape = shapeOf(given.shape);
    meta.encoding = given.encoding;
    meta.idStart = given.idStart;
    meta.idEnd = given.idEnd;
    take(bytes, start, end, text, meta);
  };
}
