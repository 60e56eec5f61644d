import { PATCH_COLUMN, rebuiltText, SharedTexts, unescapedText, type FindColumn } from './rebuild.js';
import type { NumberedShape } from './shapes.js';

/** A patch longer than this percentage of its event is not stored: the event then compresses as well. */
const MAX_PATCH_PERCENT = 70;

/** SQL of a statement that writes events and compares the rebuilt text with the sent one. */
export interface Compared {
  /** The rows, with their patches. */
  readonly source: string;
  /** SQL for the number of the shape that reproduces an event. */
  readonly shape: string;
  /** SQL for the payload as sent when neither a shape nor a patch reproduces it; else NULL. */
  readonly sent: string;
}

/**
 * Rebuilds events from the columns that are about to be written, and compares them with the sent text. It tries the
 * most common variant of each shape, then the other variants, then a patch.
 * @param rows events with their flat columns, `payload`, `payload^form` (the number of the batch shape) and
 *   `payload^sent`.
 */
export function compared(rows: string, shapes: readonly NumberedShape[], find: FindColumn): Compared {
  if (shapes.length === 0) {
    const source = `(select *, null::varchar as ${PATCH_COLUMN} from ${rows})`;
    return { source, shape: 'null::integer', sent: 'coalesce("payload^sent", payload)' };
  }
  const shared = new SharedTexts(shapes.length);
  const variants = Math.max(...shapes.map(({ variant }) => variant)) + 1;
  const texts = Array.from({ length: variants }, (_, variant) => textOf(variant, shapes, find, shared));
  let source = `(select *, ${texts[0]!} as "payload^again", 0 as "payload^variant" from ${shared.source(rows)})`;
  for (const [variant, text] of texts.entries()) {
    if (variant === 0) continue;
    // Not with AND: DuckDB computes both sides of it for every row.
    const isIt = `case when "payload^again" is distinct from payload then ${text} = payload end`;
    source = `(select * exclude ("payload^is") replace (
        case when "payload^is" then payload else "payload^again" end as "payload^again",
        case when "payload^is" then ${variant} else "payload^variant" end as "payload^variant")
      from (select *, ${isIt} as "payload^is" from ${source}))`;
  }
  const patch = `case when "payload^again" is distinct from payload and "payload^sent" is null
    then slot_patch(payload, "payload^again") end`;
  const short = `strlen("payload^difference") * 100 <= strlen(payload) * ${MAX_PATCH_PERCENT}`;
  return {
    source: `(select *, case when "payload^difference" is null or not (${short}) then null
        when slot_patched("payload^again", "payload^difference") = payload then "payload^difference" end as ${PATCH_COLUMN}
      from (select *, ${patch} as "payload^difference" from ${source}))`,
    shape: shapeOf(variants, shapes),
    sent: `case when "payload^sent" is not null then "payload^sent"
      when "payload^again" = payload or ${PATCH_COLUMN} is not null then null else payload end`,
  };
}

/** SQL for the text of events in one variant of their shapes. */
function textOf(variant: number, shapes: readonly NumberedShape[], find: FindColumn, shared: SharedTexts): string {
  const cases = shapes
    .filter(shape => shape.variant === variant)
    .map(({ batchShape, shape }) => {
      const text = rebuiltText(shape, find, shared)!;
      const unescaped = unescapedText(shape, find, shared);
      const rebuilt = unescaped === undefined ? text : `case when ${unescaped} = payload then payload else ${text} end`;
      return `when ${batchShape} then ${rebuilt}`;
    });
  return cases.length === 0 ? 'null::varchar' : `case "payload^form" ${cases.join('\n')} end`;
}

function shapeOf(variants: number, shapes: readonly NumberedShape[]): string {
  const lists = Array.from({ length: variants }, (_, variant) => {
    const numbers: (number | null)[] = [];
    for (const shape of shapes) if (shape.variant === variant) numbers[shape.batchShape] = shape.number;
    const all = Array.from(numbers, number => number ?? 'null');
    return `([${all.join(', ')}]::integer[])["payload^form" + 1]`;
  });
  if (lists.length === 1) return lists[0]!;
  return `case "payload^variant" ${lists.map((list, variant) => `when ${variant} then ${list}`).join(' ')} end`;
}
