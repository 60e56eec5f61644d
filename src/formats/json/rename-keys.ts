import type { EventSink } from '../../core/event.js';
import type { DecoderOptions } from '../decoder.js';
import { isObjectAt, membersOf, textOf, type Member } from './members.js';
import { jsonStream } from './stream.js';

/** A key that an event is to have, and the key that it has instead: `ts`, or `meta.ts` for one within an object. */
export interface KeyName {
  readonly to: string;
  readonly from: string;
}

/** Keys that are asked before a core field's own name, which must not speak in its stead. */
const SPEAK_FIRST: Readonly<Record<string, readonly string[]>> = { time: ['event_time'], name: ['event_name'] };

/** What a key is renamed to whose name another gets. */
const DISPLACED = 'original_';

/**
 * Gives keys of objects other names; every other byte stays as it was sent. A key within an object is copied to the top.
 * A key that has the new name already is kept as `original_<name>`.
 */
export function renameKeys(names: readonly KeyName[], sink: EventSink, options: DecoderOptions): EventSink {
  return (bytes, start, end, meta) => {
    const found = isObjectAt(bytes, start)
      ? names.map(name => ({ ...name, member: find(bytes, start, name.from) }))
      : [];
    const renamed = found.filter(({ member }) => member !== undefined);
    if (renamed.length === 0) {
      sink(bytes, start, end, meta);
      return;
    }
    const taken = new Set(renamed.flatMap(({ to }) => [to, ...(SPEAK_FIRST[to] ?? [])]).map(key => key.toLowerCase()));
    const members = membersOf(bytes, start).map(member => {
      const name = renamed.find(({ member: from }) => from?.start === member.start)?.to ?? member.key;
      const isDisplaced = name === member.key && taken.has(name.toLowerCase()) && !isTarget(name, member);
      return `${JSON.stringify(isDisplaced ? DISPLACED + name : name)}:${textOf(bytes, member.valueStart, member.end)}`;
    });
    const copied = renamed
      .filter(({ from, member }) => member?.key !== from)
      .map(({ to, member }) => `${JSON.stringify(to)}:${textOf(bytes, member!.valueStart, member!.end)}`);
    void jsonStream(sink, options).write(Buffer.from(`{${[...copied, ...members].join(',')}}\n`));

    /** A key that is named as it should be already. */
    function isTarget(key: string, { start: at }: Member): boolean {
      return renamed.some(({ to, member }) => to === key && member?.start === at);
    }
  };
}

/** The member of that name; else the one that a dotted name leads to. */
function find(bytes: Uint8Array, start: number, name: string): Member | undefined {
  const members = membersOf(bytes, start);
  const own = members.find(({ key }) => key === name);
  if (own) return own;
  for (const { key, valueStart } of members) {
    if (!name.startsWith(`${key}.`) || !isObjectAt(bytes, valueStart)) continue;
    const inner = find(bytes, valueStart, name.slice(key.length + 1));
    if (inner) return inner;
  }
  return undefined;
}
