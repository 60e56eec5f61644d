import { attributeType, type Attribute } from '../../core/attribute.js';
import { TIME_KEYS } from '../../core/vocabulary.js';
import type { Session } from '../../query/session.js';
import { quoteName } from '../../store/sql/text.js';

const NAMES: ReadonlySet<string> = new Set([...TIME_KEYS, '@t'].map(key => key.toLowerCase()));

/** Times in microseconds whose nanoseconds fit 64 bits. */
const IN_64_BITS = 'between -9223372036854775 and 9223372036854774';

/**
 * SQL for the time of an event in nanoseconds since 1970: from an attribute that has the same time with more digits,
 * else from the microseconds of `time`. NULL for a time outside of the range of 64 bits.
 */
export function eventNanoseconds({ attributes, registered }: Session): string {
  const keys = attributes.filter(({ name }) => NAMES.has(name.toLowerCase()));
  const exact = keys.flatMap(attribute => ofAttribute(attribute));
  // The core column hides a key named `time`.
  if (registered.some(({ name }) => name.toLowerCase() === 'time')) {
    exact.push(ofText(`json_extract_string(payload, '/time')`));
  }
  const micros = 'epoch_us("time")';
  const plain = `case when ${micros} ${IN_64_BITS} then ${micros} * 1000 end`;
  return exact.length === 0 ? plain : `coalesce(${[...exact, plain].join(', ')})`;
}

function ofAttribute({ name, kinds }: Attribute): string[] {
  const type = attributeType(kinds);
  if (type === 'BIGINT') return [ofNumber(quoteName(name))];
  return type === 'VARCHAR' ? [ofText(quoteName(name))] : [];
}

/** SQL for `value` where it is a number of nanoseconds within the microsecond of `time`, else NULL. */
function ofNumber(value: string): string {
  return `case when ${value} >= 100000000000000000 and ${value} // 1000 = epoch_us("time") then ${value} end`;
}

/** SQL for the nanoseconds in a text: a number, or an ISO 8601 time with more than six fraction digits. */
function ofText(text: string): string {
  const fraction = `regexp_extract(${text}, ':[0-9]{2}[.,]([0-9]{7,})', 1)`;
  return `case when length(${text}) between 18 and 19 then ${ofNumber(`try_cast(${text} as bigint)`)}
    when length(${text}) > 26 and length(${fraction}) > 6
      and try_cast(${fraction}[1:6] as bigint) = epoch_us("time") - epoch_us(date_trunc('second', "time"))
      and epoch_us("time") ${IN_64_BITS}
    then epoch_us("time") * 1000 + rpad(${fraction}, 9, '0')[7:9]::bigint end`;
}
