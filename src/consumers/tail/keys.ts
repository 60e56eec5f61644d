/*
 * Keys of the values that a tail shows besides core columns, each list in order of precedence. Names match in any case; a dot
 * separates nested keys.
 */

/** Keys of the outcome of a span. */
export const STATUS_KEYS = [
  'status',
  'status.code',
  'status_code',
  'statusCode',
  'otel.status_code',
  'http.response.status_code',
  'http.status_code',
  'http_status_code',
];

/** Keys of the value of a metric. */
export const VALUE_KEYS = ['metric_value', 'value', 'gauge', 'counter'];

/** Keys of the unit of a metric. */
export const UNIT_KEYS = ['metric_unit', 'unit'];
