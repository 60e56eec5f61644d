import type { ComputedColumn } from '../../core/attribute.js';

/**
 * SQL with the type of a core column for a statement that does not read it: binding the expression of a core column costs
 * DuckDB up to some milliseconds. The functions that it calls are in query/core-needs.ts; they fail when they are read.
 */
export function placeholder(name: ComputedColumn): string {
  const suffix = name === 'time' ? 'time' : name === 'duration_ms' ? 'number' : 'text';
  return `placeholder_${suffix}(id)`;
}

/**
 * The same for `payload`: binding the SQL that writes an event again from columns takes about 1 ms for each of its shapes.
 */
export const PAYLOAD_PLACEHOLDER = 'placeholder_text(id)::json';
