/** The events that the demo posts: log lines and a wide event. */
export const POSTED_EVENTS: readonly object[] = [
  { type: 'log', level: 'INFO', msg: 'hi mom' },
  { type: 'log', level: 'ERROR', msg: 'the wheat model timed out', timeElapsed: 45270, orgId: 'acme' },
  {
    generator: 'akai',
    version: '0.0.1',
    timestamp: '1713943647',
    actorType: 'user',
    env: 'prod',
    eventId: 'E001',
    event: 'speechToText',
    subEvent: 'receivedAudio',
    timeElapsed: 45270,
    orgId: 'acme',
    question: 'How to grow wheat?',
  },
];

/** The events that the demo sends as WebSocket messages: a trace of three spans, and metrics. */
export const STREAMED_EVENTS: readonly object[] = [
  { type: 'trace', name: 'GET /ask', trace: { traceId: '7', spanId: '69' }, duration_ms: 45290 },
  {
    type: 'trace',
    name: 'speech to text',
    trace: { traceId: '7', spanId: '420', parentSpanId: '69' },
    duration_ms: 45270,
  },
  {
    type: 'trace',
    name: 'load model',
    trace: { traceId: '7', spanId: '421', parentSpanId: '420' },
    duration_ms: 44100,
  },
  { type: 'metric', metric_name: 'memory_usage', metric_value: 71.5, unit: 'percent' },
  { type: 'metric', metric_name: 'cpu_usage', metric_value: 12.25, unit: 'percent' },
];
