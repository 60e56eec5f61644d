import type { EventSink } from '../../core/event.js';
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

/** Takes an event. @param suffix replaces its closing bracket to add members. */
export type TakeEvent = (bytes: Uint8Array, start: number, end: number, suffix?: Uint8Array) => void;

/** Creates a sink that adds members to objects. An event that would exceed `maxEventBytes` stays unchanged. */
export function addingMembers(members: readonly Member[], take: TakeEvent, maxEventBytes: number): EventSink {
  if (members.length === 0) return (bytes, start, end) => take(bytes, start, end);
  const check = new KeyCheck(members.map(({ key }) => [key]));
  const suffixes = new Map<Lacking, Buffer>();

  function suffixOf(lacking: Lacking): Buffer {
    let suffix = suffixes.get(lacking);
    if (!suffix) {
      const added = members
        .filter((_, i) => lacking.groups[i])
        .map(({ key, json }) => `${JSON.stringify(key)}:${json}`);
      suffix = Buffer.from(`${lacking.isEmpty || added.length === 0 ? '' : ','}${added.join(',')}}`);
      if (suffixes.size >= MAX_SHAPES) suffixes.clear();
      suffixes.set(lacking, suffix);
    }
    return suffix;
  }

  return (bytes, start, end, { shape }) => {
    if (!isObjectAt(bytes, start)) {
      take(bytes, start, end);
      return;
    }
    const suffix = suffixOf(check.of(bytes, start, shape));
    if (end - start - 1 + suffix.length > maxEventBytes) take(bytes, start, end);
    else take(bytes, start, end, suffix);
  };
}
