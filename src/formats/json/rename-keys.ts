import type { EventSink } from '../../core/event.js';
import type { DecoderOptions } from '../decoder.js';
import { isObjectAt, membersOf, textOf, type Member } from './members.js';
import { jsonStream } from './stream.js';

/** A new key for an event, and the key that it replaces: `ts`, or `meta.ts` for one within an object. */
export interface KeyName {
  readonly to: string;
  readonly from: string;
}

/** Keys with precedence over a core field's name, which must not override a renamed key. */
const SPEAK_FIRST: Readonly<Record<string, readonly string[]>> = { time: ['event_time'], name: ['event_name'] };

/** The prefix for a key whose name is given to another. */
const DISPLACED = 'original_';

/**
 * Renames keys of objects; every other byte stays as sent. A nested key is copied to the top. A key that already has
 * the new name is kept as `original_<name>`.
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

    /** True for a key that already has the right name. */
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
