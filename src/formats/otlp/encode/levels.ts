import type { Level } from '../attribute-keys.js';
import type { Signal } from '../messages.js';
import { TAKEN_KEYS } from '../taken-keys.js';
import { NATURAL, type EventMembers } from './event-members.js';

/*
 * The levels at which the decoder found the members of an event: it writes those of the record first, then those of the
 * scope, then those of the resource, each with the attributes last.
 */

const OF_SCOPE = ['scope_name', 'scope_version', 'scope_dropped_attributes_count', 'scope_schema_url'];
const OF_RESOURCE = ['service_name', 'resource_dropped_attributes_count', 'resource_schema_url'];

const METRIC_TYPES: ReadonlySet<string | undefined> = new Set([
  'gauge',
  'sum',
  'histogram',
  'exponential_histogram',
  'summary',
]);

/** An attribute as it was sent. */
export interface SentAttribute {
  readonly level: Level;
  readonly key: string;
}

/** The places of the attributes of an event that came as OTLP. */
export class SentLevels {
  readonly #taken: ReadonlySet<string>;
  readonly #keys: ReadonlySet<string>;
  readonly #scopeAt: number;
  readonly #resourceAt: number;

  private constructor(members: EventMembers, signal: Signal) {
    this.#taken = TAKEN_KEYS[signal];
    this.#keys = members.keys();
    this.#scopeAt = firstOf(members, OF_SCOPE);
    this.#resourceAt = firstOf(members, OF_RESOURCE);
  }

  /** The levels of an event, before any member is taken; undefined for one that did not come as OTLP. */
  static of(members: EventMembers): SentLevels | undefined {
    if (members.indexOf('type') !== 0) return undefined;
    switch (members.string('type')) {
      case 'trace':
        return members.has('kind') && members.has('status') ? new SentLevels(members, 'traces') : undefined;
      case 'metric':
        return METRIC_TYPES.has(members.string('metric_type')) ? new SentLevels(members, 'metrics') : undefined;
      case 'log':
        return ['time_unix_nano', 'observed_time_unix_nano', 'severity_number'].some(key =>
          NATURAL.test(members.json(key) ?? ''),
        )
          ? new SentLevels(members, 'logs')
          : undefined;
      default:
        return undefined;
    }
  }

  /** The level and key that the attribute of a member had. @param isResourceKey decides for an event without marks. */
  attribute(key: string, index: number, isResourceKey: (key: string) => boolean): SentAttribute {
    const level = this.#levelAt(index) ?? (isResourceKey(key) ? 'resource' : 'attributes');
    const moved = key.startsWith(`${level}.`) ? key.slice(level.length + 1) : undefined;
    return { level, key: moved !== undefined && this.#wasMoved(level, moved) ? moved : key };
  }

  #levelAt(index: number): Level | undefined {
    if (index > this.#resourceAt) return 'resource';
    // Without a service, the attributes of a resource follow those of a scope, which are rare.
    if (index > this.#scopeAt) return this.#resourceAt === Infinity ? 'resource' : 'scope';
    return this.#resourceAt === Infinity && this.#scopeAt === Infinity ? undefined : 'attributes';
  }

  /** True when the plain key was taken: by a member of the event, or by an attribute nearer to the record. */
  #wasMoved(level: Level, key: string): boolean {
    if (this.#taken.has(key.toLowerCase())) return true;
    return level !== 'attributes' && (key === 'event_id' || this.#keys.has(key));
  }
}

function firstOf(members: EventMembers, keys: readonly string[]): number {
  return Math.min(...keys.map(key => members.indexOf(key) ?? Infinity));
}
