import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowsOf } from '../../src/query/result/rows.js';
import { openSession, type Session } from '../../src/query/session.js';
import { post } from '../helpers/http.js';
import { serveInProcess } from '../helpers/server-in-process.js';
import { makeDirectory } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const AT = '2026-11-22T20:54:39.821Z';

/** Events of the platform as its services post them, and what the core columns make of each. */
const KINDS: [kind: string, event: object, type: string, name: string, columns: string, values: (string | null)[]][] = [
  [
    'user action',
    {
      event_type: 'user_action',
      event_name: 'user_login',
      event_category: 'authentication',
      user_id: 42,
      license_id: 7,
      event_data: { method: 'email', success: true },
      source: 'web',
      event_timestamp: AT,
    },
    'user_action',
    'user_login',
    '"event_data.method", user_id, license_id',
    ['email', '42', '7'],
  ],
  [
    'API event',
    {
      event_type: 'api_event',
      event_name: 'document_process',
      event_category: 'processing',
      event_data: { document_id: 'd1', processing_time: 2.5 },
      duration_ms: 2500,
      source: 'api',
      source_ip: '10.0.0.7',
      tags: { team: 'ocr' },
      timestamp: AT,
    },
    'api_event',
    'document_process',
    'duration_ms, source_ip, "tags.team"',
    ['2500', '10.0.0.7', 'ocr'],
  ],
  [
    'system metric',
    {
      metric_name: 'response_time',
      metric_type: 'histogram',
      service_name: 'api',
      host_name: 'server-01',
      metric_value: 245.0,
      metric_unit: 'milliseconds',
      percentile_50: 150.5,
      percentile_99: 450,
      metric_timestamp: AT,
    },
    'metric',
    'response_time',
    'metric_type, percentile_50, percentile_99, host_name',
    ['histogram', '150.5', '450', 'server-01'],
  ],
  [
    'business metric',
    {
      metric_name: 'revenue_per_user',
      metric_category: 'revenue',
      metric_value: 49.99,
      metric_unit: 'usd',
      currency: 'USD',
      period_start: AT,
      period_end: '2026-12-22T20:54:39.821Z',
      period_type: 'monthly',
      calculation_method: 'average',
    },
    'metric',
    'revenue_per_user',
    'metric_category, currency, calculation_method, metric_value',
    ['revenue', 'USD', 'average', '49.99'],
  ],
  [
    'trace',
    {
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      span_id: '00f067aa0ba902b7',
      service_name: 'api',
      operation_name: 'process_document',
      http_method: 'POST',
      http_url: '/api/documents/process',
      http_status_code: 200,
      duration_ms: 1200,
      tags: { user_type: 'premium' },
      start_time: AT,
    },
    'trace',
    'process_document',
    'http_method, http_status_code, span_id',
    ['POST', '200', '00f067aa0ba902b7'],
  ],
];

const store = makeDirectory();
let session: Session;

beforeAll(async () => {
  const server = await serveInProcess({ store });
  for (const [, event] of KINDS) expect(await post(server.url, JSON.stringify(event))).toMatchObject({ body: '1\n' });
  await server.end();
  session = await openSession({ dir: store });
});
afterAll(() => {
  session.close();
  removeDirectory(store);
});

test.each(KINDS)(
  'given a %s, then it lands with its type, name, time and columns',
  async (_kind, event, type, name, columns, values) => {
    const time = `epoch_ms(time) = epoch_ms('${AT}'::timestamptz)`;

    const rows = await rowsOf(
      await session.query(
        `select type, name, ${time}, ${columns} from events where payload = '${JSON.stringify(event)}'`,
      ),
    );

    expect(rows).toEqual([[type, name, 'true', ...values]]);
  },
);
