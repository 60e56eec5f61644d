import { codeOf } from '../../core/errors.js';
import type { EventSink } from '../../core/event.js';
import { MAX_MAX_EVENT_BYTES } from '../../core/limits.js';
import { ATTRIBUTE } from '../../core/vocabulary.js';
import { DecodeError, type Decoder } from '../../formats/decoder.js';
import { isObjectAt } from '../../formats/json/members.js';
import { jsonStream } from '../../formats/json/stream.js';
import type { OnInvalid, RegisteredSchema } from '../../store/catalog/schemas.js';
import { checkAgainst, violationText, type Check } from './rules.js';

/** Options of {@link validationProcessor}. */
export interface ValidationOptions {
  /** The current schemas: the same array until they change. */
  readonly schemas: () => readonly RegisteredSchema[];
  /** Called for each violation. */
  readonly onViolation: (schema: string, onInvalid: OnInvalid) => void;
}

/**
 * Creates a processor that checks events against the registered schemas before the journal. An event without a schema
 * passes unchanged. Looks for changed schemas with the first event of each turn of the event loop.
 * @throws DecodeError (its sinks) `schema_violation` for an event that a schema rejects.
 */
export function validationProcessor({ schemas, onViolation }: ValidationOptions): (sink: EventSink) => EventSink {
  let hasLooked = false;
  let known: readonly RegisteredSchema[] = [];
  let check: Check | undefined;

  function look(): void {
    hasLooked = true;
    setImmediate(() => (hasLooked = false));
    try {
      const now = schemas();
      if (now === known) return;
      check = now.length === 0 ? undefined : checkAgainst(now);
      known = now;
    } catch (error) {
      // A temporary read failure keeps the schemas as they are.
      if (!codeOf(error)?.startsWith('SQLITE_')) throw error;
    }
  }

  return sink => {
    let tagged: Decoder | undefined;
    return (bytes, start, end, meta) => {
      if (!hasLooked) look();
      if (!check || !isObjectAt(bytes, start)) {
        sink(bytes, start, end, meta);
        return;
      }
      const { violations } = check(bytes, start, end, meta.shape);
      for (const { schema, onInvalid } of violations) onViolation(schema, onInvalid);
      const rejected = violations.find(({ onInvalid }) => onInvalid === 'reject');
      if (rejected) {
        throw new DecodeError('schema_violation', `an event violates the schema ${violationText(rejected)}`);
      }
      const notes = violations.filter(({ onInvalid }) => onInvalid === 'tag').map(violationText);
      if (notes.length === 0) {
        sink(bytes, start, end, meta);
        return;
      }
      // A tag may make an event larger than the limit for senders.
      tagged ??= jsonStream(sink, { maxEventBytes: 2 * MAX_MAX_EVENT_BYTES });
      void tagged.write(withNote(bytes.subarray(start, end), notes.join('; ')));
    };
  };
}

/** An event with its problem as the first key: of duplicate keys, readers take the first. */
function withNote(event: Uint8Array, note: string): Buffer {
  const member = Buffer.from(`{"${ATTRIBUTE.schemaViolation}":${JSON.stringify(note)}`);
  const rest = Buffer.from(event.subarray(1));
  const isEmpty = rest.toString('latin1').trimStart().startsWith('}');
  return Buffer.concat([member, Buffer.from(isEmpty ? '' : ','), rest, Buffer.from('\n')]);
}
