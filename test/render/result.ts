import type { Column, ColumnKind, Result, Row } from '../../src/core/result.js';
import { type Format, render, type RenderOptions } from '../../src/render/formats.js';

/** A column of the kind; its database type plays no part in rendering. */
export function column(name: string, kind: ColumnKind): Column {
  return { name, kind, type: 'ANY' };
}

/** A result in the batches given. */
export function resultOf(columns: readonly Column[], ...batches: readonly (readonly Row[])[]): Result {
  return {
    columns,
    batches: (async function* () {
      for (const batch of batches) yield await Promise.resolve(batch);
    })(),
  };
}

/** All that a format prints of a result. */
export async function printed(
  format: Format,
  result: Result,
  options: Partial<RenderOptions> = {},
): Promise<{ text: string; rows: number; writes: number }> {
  const texts: string[] = [];
  const rows = await render(format, result, text => void texts.push(text), { color: false, ...options });
  return { text: texts.join(''), rows, writes: texts.length };
}
