/** A trace with most of the oddities that traces have: 322 spans and 3 other events. */
export const CHECKOUT_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

const START = Date.UTC(2026, 10, 28, 9);

function at(ms: number): string {
  return new Date(START + ms).toISOString();
}

function span(
  id: string,
  parent: string | undefined,
  service: string,
  name: string,
  from: number,
  more: object,
): object {
  return {
    name,
    service,
    trace_id: CHECKOUT_ID,
    span_id: id,
    ...(parent !== undefined && { parent_span_id: parent }),
    start_time: at(from),
    ...more,
  };
}

function log(spanId: string | undefined, level: string, msg: string, from: number): object {
  return { level, msg, service: 'payments', trace_id: CHECKOUT_ID, ...(spanId && { span_id: spanId }), time: at(from) };
}

const queries = Array.from({ length: 312 }, (_, i) =>
  span(`f${i}`, 'a4', 'db', 'db.query', 75 + i * 2.2, { duration_ms: 1.9, kind: 'CLIENT' }),
);

/** Its events as they are sent. */
export const CHECKOUT: readonly object[] = [
  ...queries,
  span('a2', 'a1', 'web', 'authenticate', 4, { duration_ms: 60 }),
  span('a3', 'a2', 'auth', 'verify token', 12, { duration_ms: 38, kind: 'SERVER' }),
  span('a4', 'a1', 'web', 'load cart', 70, { duration_ms: 700 }),
  span('b1', 'a1', 'payments', 'POST /charge', 800, { duration_ms: 980, kind: 'SERVER', status: 'ERROR' }),
  span('b2', 'b1', 'payments', 'card network \u001b[31m', 820, { duration_ms: 900, status: 'ERROR' }),
  span('b3', 'b1', 'payments', 'write ledger', 1730, { duration_ms: 30 }),
  span('b3', 'b1', 'payments', 'write ledger', 1730, { duration_ms: 30 }),
  span('c1', 'a1', 'mail', 'send receipt', -40, { duration_ms: 20, kind: 'CONSUMER' }),
  span('d1', 'gone', 'worker', 'reindex', 1500, { duration_ms: 200 }),
  span('d2', 'd3', 'worker', 'loop', 1600, { duration_ms: 10 }),
  span('d3', 'd2', 'worker', 'loop back', 1601, { duration_ms: 0 }),
  span('e1', 'a1', 'web', 'stream response', 1790, { type: 'trace' }),
  span('a1', undefined, 'web', 'GET /checkout', 0, { duration_ms: 1840, kind: 'SERVER', status: 'OK' }),
  log('b2', 'warn', 'card network is slow, retrying', 1300),
  log('b1', 'error', 'charge declined: code 51', 1720),
  log(undefined, 'info', 'done', 1839),
];
