import { selectList, type BuiltInView } from './built-in-view.js';
import type { OptionalColumns } from './optional-columns.js';

/*
 * The tables and summaries of the classic telemetry schema: events, system metrics, business metrics and traces in
 * tables of fixed columns.
 */

/** Keys that only a business metric has. */
const BUSINESS_KEYS = [
  'metric_category',
  'period_start',
  'period_end',
  'period_type',
  'calculation_method',
  'currency',
];

const USER_KEYS = ['user_id', 'userId', 'user.id', 'user.account_uuid', 'enduser.id'];
const LICENSE_KEYS = ['license_id', 'licenseId'];

/** The classic views. */
export const CLASSIC_VIEWS: readonly BuiltInView[] = [
  { name: 'telemetry_events', summary: 'events that are neither metrics nor spans', sql: events },
  { name: 'system_metrics', summary: 'metrics that are no business metrics', sql: systemMetrics },
  { name: 'business_metrics', summary: 'metrics with a category, period or currency', sql: businessMetrics },
  { name: 'traces', summary: 'spans, with one column a property of requests', sql: traces },
  {
    name: 'telemetry_events_hourly_summary',
    summary: 'telemetry_events by hour, type and category',
    sql: hourlyEvents,
  },
  { name: 'system_metrics_service_summary', summary: 'system_metrics by hour, service and metric', sql: hourlyMetrics },
  {
    name: 'business_metrics_category_summary',
    summary: 'business_metrics by day, category and metric',
    sql: dailyBusiness,
  },
  { name: 'alerts_status_summary', summary: 'alerts by status, severity and rule', sql: alertStatus },
];

function events(columns: OptionalColumns): string {
  return `select ${selectList([
    ['event_id', columns.first('VARCHAR', 'event_id', 'eventId')],
    ['event_type', '"type"'],
    ['event_name', columns.eventName()],
    ['event_category', columns.first('VARCHAR', 'event_category', 'eventCategory')],
    ['event_data', columns.json('event_data')],
    ['user_id', columns.first('VARCHAR', ...USER_KEYS)],
    ['license_id', columns.first('VARCHAR', ...LICENSE_KEYS)],
    ['event_timestamp', '"time"'],
    ['duration_ms', '"duration_ms"'],
    ['source', columns.first('VARCHAR', 'source')],
    ['source_ip', columns.first('VARCHAR', 'source_ip', 'sourceIp', 'client.address')],
    ['tags', columns.json('tags')],
  ])} from events where "type" not in ('metric', 'trace')`;
}

function systemMetrics(columns: OptionalColumns): string {
  return `select ${selectList([
    ['metric_name', columns.first('VARCHAR', 'metric_name', 'name')],
    ['metric_type', columns.first('VARCHAR', 'metric_type')],
    ['service_name', '"service"'],
    ['host_name', columns.first('VARCHAR', 'host_name', 'host.name', 'host')],
    ['metric_value', columns.first('DOUBLE', 'metric_value')],
    ['metric_unit', columns.first('VARCHAR', 'metric_unit', 'unit')],
    ['metric_timestamp', '"time"'],
    ['percentile_50', columns.first('DOUBLE', 'percentile_50')],
    ['percentile_90', columns.first('DOUBLE', 'percentile_90')],
    ['percentile_95', columns.first('DOUBLE', 'percentile_95')],
    ['percentile_99', columns.first('DOUBLE', 'percentile_99')],
    ['tags', columns.json('tags')],
  ])} from events where "type" = 'metric' and ${businessKey(columns)} is null`;
}

function businessMetrics(columns: OptionalColumns): string {
  return `select ${selectList([
    ['metric_name', columns.first('VARCHAR', 'metric_name', 'name')],
    ['metric_category', columns.first('VARCHAR', 'metric_category')],
    ['license_id', columns.first('VARCHAR', ...LICENSE_KEYS)],
    ['metric_value', columns.first('DOUBLE', 'metric_value')],
    ['metric_unit', columns.first('VARCHAR', 'metric_unit', 'unit')],
    ['metric_timestamp', '"time"'],
    ['period_start', columns.first('TIMESTAMPTZ', 'period_start')],
    ['period_end', columns.first('TIMESTAMPTZ', 'period_end')],
    ['period_type', columns.first('VARCHAR', 'period_type')],
    ['currency', columns.first('VARCHAR', 'currency')],
    ['calculation_method', columns.first('VARCHAR', 'calculation_method')],
    ['tags', columns.json('tags')],
  ])} from events where "type" = 'metric' and ${businessKey(columns)} is not null`;
}

/** SQL for a value that only business metrics have. */
function businessKey(columns: OptionalColumns): string {
  return columns.first('VARCHAR', ...BUSINESS_KEYS);
}

function traces(columns: OptionalColumns): string {
  return `select ${selectList([
    ['trace_id', '"trace_id"'],
    ['span_id', '"span_id"'],
    ['parent_span_id', '"parent_span_id"'],
    ['service_name', '"service"'],
    ['operation_name', '"name"'],
    ['http_method', columns.first('VARCHAR', 'http_method', 'http.request.method', 'http.method')],
    ['http_url', columns.first('VARCHAR', 'http_url', 'url.full', 'http.url', 'url.path', 'http.target')],
    ['http_status_code', columns.first('INTEGER', 'http_status_code', 'http.response.status_code', 'http.status_code')],
    ['duration_ms', '"duration_ms"'],
    ['error', spanError(columns)],
    ['user_id', columns.first('VARCHAR', ...USER_KEYS)],
    ['tags', columns.json('tags')],
    ['trace_timestamp', '"time"'],
  ])} from events where "type" = 'trace'`;
}

/**
 * SQL that is true for a span that failed, by its flag, its error or its status; NULL where it has none of these.
 */
export function spanError(columns: OptionalColumns): string {
  const text = columns.first('VARCHAR', 'error', 'error.type', 'exception.type', 'error_message');
  const status = columns.first('VARCHAR', 'status', 'status_code');
  return `coalesce(try_cast(${text} as BOOLEAN), ${text} <> '', lower(${status}) = 'error')`;
}

function hourlyEvents(): string {
  return `select event_type, event_category, date_trunc('hour', event_timestamp) as hour, count(*) as event_count,
    count(distinct user_id) as unique_users, avg(duration_ms) as avg_duration_ms
    from telemetry_events group by all`;
}

function hourlyMetrics(): string {
  return `select service_name, metric_name, date_trunc('hour', metric_timestamp) as hour, count(*) as sample_count,
    avg(metric_value) as avg_value, min(metric_value) as min_value, max(metric_value) as max_value,
    quantile_cont(metric_value, 0.95) as p95_value
    from system_metrics group by all`;
}

function dailyBusiness(): string {
  return `select metric_category, metric_name, cast(coalesce(period_start, metric_timestamp) as date) as "date",
    count(*) as metric_count, sum(metric_value) as total_value, avg(metric_value) as avg_value,
    count(distinct license_id) as unique_licenses
    from business_metrics group by all`;
}

function alertStatus(): string {
  return `select case status when 'firing' then 'active' else status end as status, severity, rule as rule_name,
    count(*) as alert_count, max(triggered_at) as triggered_at from alerts group by all`;
}
