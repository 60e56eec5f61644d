import { describe, expect, test } from 'vitest';
import { VIEW_NAMES } from '../../../src/core/view-names.js';
import { BUILT_IN_VIEWS } from '../../../src/query/named-views/built-in.js';
import { ask, createFixture } from '../fixture.js';

const now = new Date().toISOString();
const day = now.slice(0, 10);

const EVENTS = [
  {
    event_id: 'e1',
    event_type: 'user_action',
    event_name: 'user_login',
    event_category: 'authentication',
    user_id: 'u1',
    license_id: 'l1',
    event_data: { method: 'email', success: true },
    source: 'web',
    source_ip: '10.0.0.1',
    tags: ['a', 'b'],
    event_timestamp: now,
  },
  { event_type: 'user_action', event_name: 'user_logout', event_category: 'authentication', user_id: 'u1', time: now },
  {
    metric_name: 'response_time',
    metric_type: 'histogram',
    service_name: 'api',
    host_name: 'server-01',
    metric_value: 245,
    percentile_95: 350,
    metric_unit: 'milliseconds',
    metric_timestamp: now,
  },
  {
    metric_name: 'revenue_per_user',
    metric_category: 'revenue',
    metric_value: 49.5,
    metric_unit: 'usd',
    currency: 'USD',
    period_start: `${day}T00:00:00Z`,
    period_end: `${day}T23:59:00Z`,
    period_type: 'daily',
    calculation_method: 'average',
    license_id: 'l1',
  },
  {
    trace_id: 't1',
    span_id: 's1',
    service_name: 'api',
    operation_name: 'process_document',
    http_method: 'POST',
    http_url: '/api/documents/process',
    http_status_code: 200,
    duration_ms: 1200,
    user_id: 'u1',
    tags: { endpoint: '/documents/process' },
  },
];

/** Statements of the classic schema's guide, as printed there. */
const STATEMENTS: readonly (readonly [name: string, sql: string, rows: number])[] = [
  [
    'event summary',
    `SELECT * FROM telemetry_events_hourly_summary
WHERE event_type = 'user_action'
  AND hour >= NOW() - INTERVAL '24 hours';`,
    1,
  ],
  [
    'system performance',
    `SELECT * FROM system_metrics_service_summary
WHERE service_name = 'api'
  AND hour >= NOW() - INTERVAL '1 hour'
ORDER BY hour DESC;`,
    -1,
  ],
  [
    'business KPIs',
    `SELECT * FROM business_metrics_category_summary
WHERE metric_category = 'revenue'
  AND date >= CURRENT_DATE - INTERVAL '30 days';`,
    1,
  ],
  [
    'alert status',
    `SELECT * FROM alerts_status_summary
WHERE status = 'active'
ORDER BY severity DESC, triggered_at DESC;`,
    0,
  ],
  [
    'user activity dashboard',
    `SELECT 
    event_category,
    COUNT(*) as event_count,
    COUNT(DISTINCT user_id) as unique_users,
    DATE_TRUNC('hour', event_timestamp) as hour
FROM telemetry_events
WHERE event_timestamp >= NOW() - INTERVAL '24 hours'
GROUP BY event_category, DATE_TRUNC('hour', event_timestamp)
ORDER BY hour DESC, event_count DESC;`,
    1,
  ],
  [
    'business metrics dashboard',
    `SELECT 
    metric_name,
    metric_category,
    SUM(metric_value) as total_value,
    COUNT(DISTINCT license_id) as active_licenses
FROM business_metrics
WHERE period_start >= CURRENT_DATE - INTERVAL '30 days'
GROUP BY metric_name, metric_category
ORDER BY total_value DESC;`,
    1,
  ],
  [
    'system performance dashboard, with its percentile aggregated',
    `SELECT
    service_name,
    metric_name,
    AVG(metric_value) as avg_value,
    MAX(metric_value) as max_value,
    MAX(percentile_95) as p95_value
FROM system_metrics
WHERE metric_timestamp >= NOW() - INTERVAL '1 hour'
GROUP BY service_name, metric_name
ORDER BY avg_value DESC;`,
    1,
  ],
];

describe('the classic views', () => {
  test.each(STATEMENTS)('answer the %s', async (_, sql, rows) => {
    const session = await createFixture(...EVENTS).open();

    const found = await ask(session, sql);

    // The hour of now may have begun a moment ago, or an hour ago and more.
    if (rows >= 0) expect(found).toHaveLength(rows);
    else expect(found.length).toBeLessThanOrEqual(1);
  });

  test('show each event in one table, with the columns of the schema', async () => {
    const session = await createFixture(...EVENTS).open();

    expect(await ask(session, `select * exclude event_timestamp from telemetry_events where event_id = 'e1'`)).toEqual([
      [
        'e1',
        'user_action',
        'user_login',
        'authentication',
        '{"method":"email","success":true}',
        'u1',
        'l1',
        null,
        'web',
        '10.0.0.1',
        '["a","b"]',
      ],
    ]);
    expect(
      await ask(session, 'select metric_name, host_name, metric_value, percentile_95 from system_metrics'),
    ).toEqual([['response_time', 'server-01', '245', '350']]);
    expect(
      await ask(
        session,
        'select metric_name, metric_category, period_type, currency, calculation_method from business_metrics',
      ),
    ).toEqual([['revenue_per_user', 'revenue', 'daily', 'USD', 'average']]);
    expect(
      await ask(
        session,
        'select operation_name, http_method, http_url, http_status_code, duration_ms, error, user_id, tags from traces',
      ),
    ).toEqual([
      [
        'process_document',
        'POST',
        '/api/documents/process',
        '200',
        '1200',
        null,
        'u1',
        '{"endpoint":"/documents/process"}',
      ],
    ]);
  });
});

describe('the built-in views', () => {
  const SQL = VIEW_NAMES.map(
    name => `select '${name}', column_name, column_type from (describe select * from ${name})`,
  );

  test('have the same columns and types in an empty store and in one with unfit values', async () => {
    const [empty, full] = [
      await createFixture('{}').open(),
      await createFixture(...EVENTS, {
        metric_name: 7,
        metric_value: 'high',
        metric_category: true,
        period_start: 12,
        tags: 'a, b',
        percentile_95: [1],
        user_id: 3.5,
        event_data: 1,
        http_status_code: 'OK',
        error: { code: 7 },
        input_tokens: 'few',
        cost_usd: {},
        sessionId: ['x'],
        'event.name': 5,
        kind: 4,
        status: 9,
      }).open(),
    ];
    const signals = new Set(['logs', 'spans', 'metrics']);

    for (const [i, sql] of SQL.entries()) {
      if (signals.has(VIEW_NAMES[i]!)) continue;
      const before = await ask(empty, sql);
      expect(await ask(full, sql)).toEqual(before);
      expect(before.length).toBeGreaterThan(2);
    }
    for (const name of VIEW_NAMES) await ask(full, `select * from ${name}`);
  });

  test('are listed with what their rows are', () => {
    expect(BUILT_IN_VIEWS.map(({ name }) => name)).toEqual(VIEW_NAMES);
    for (const { summary } of BUILT_IN_VIEWS) expect(summary).not.toBe('');
  });
});
