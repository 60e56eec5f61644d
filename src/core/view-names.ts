/** The names of the built-in views over `events`, in the order in which lists show them. */
export const VIEW_NAMES = [
  'logs',
  'spans',
  'metrics',
  'gen_ai',
  'sessions',
  'telemetry_events',
  'system_metrics',
  'business_metrics',
  'traces',
  'telemetry_events_hourly_summary',
  'system_metrics_service_summary',
  'business_metrics_category_summary',
  'alerts_status_summary',
] as const;
