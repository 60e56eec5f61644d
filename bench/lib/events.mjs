import { drawsFrom, randomFrom } from './random.mjs';

/** 2024-07-03T05:16:55Z: any fixed time will do. */
export const START_SECONDS = 1_719_983_815;

const QUESTIONS = [
  'How to grow wheat?',
  'When does the rain come?',
  'What is the price of rice?',
  'Which seeds for sand?',
];
const STEPS = ['speechToText', 'detectLanguage', 'translate', 'search', 'answer', 'textToSpeech'];
const SERVICES = ['api', 'auth', 'search', 'billing', 'mailer'];
const LEVELS = ['DEBUG', 'INFO', 'INFO', 'INFO', 'INFO', 'WARN', 'ERROR'];
const METRICS = ['cpu.usage', 'memory.used', 'http.requests', 'queue.depth'];
const MESSAGES = ['request done', 'cache miss, loading', 'retrying the upstream', 'could not reach the database'];

/**
 * JSON texts of wide events, the same at every call: 55 % behaviour events of 16 fields with ids, 20 % log lines,
 * 15 % spans, 10 % metrics, 325 bytes on average. They carry no `event_id`, so they can be sent again and again.
 * @param {number} count
 * @returns {string[]}
 */
export function eventTexts(count, seed = 1) {
  return [...eventBatches(count, count, seed)].flat();
}

/**
 * The same, in batches: all of them different, however many.
 * @param {number} count
 * @param {number} size
 * @returns {Generator<string[]>}
 */
export function* eventBatches(count, size, seed = 1) {
  const draws = drawsFrom(randomFrom(seed));
  const people = {
    ...draws,
    actors: list(2000, draws.uuid),
    sessions: list(5000, draws.uuid),
    devices: list(3000, () => draws.hex(16)),
    bots: list(20, draws.uuid),
    orgs: list(8, i => `org-${i}`),
  };
  for (let from = 0; from < count; from += size) {
    yield list(Math.min(size, count - from), i => JSON.stringify(event(people, from + i)));
  }
}

function list(length, make) {
  return Array.from({ length }, (_, i) => make(i));
}

function event(draws, i) {
  const share = draws.below(100);
  if (share < 55) return behaviour(draws, i);
  if (share < 75) return logLine(draws, i);
  return share < 90 ? span(draws, i) : metric(draws, i);
}

function behaviour({ pick, below, actors, sessions, devices, bots, orgs }, i) {
  return {
    type: 'event',
    generator: 'akai',
    version: '0.0.1',
    timestamp: String(START_SECONDS + Math.floor(i / 100)),
    actorId: pick(actors),
    actorType: 'user',
    sessionId: pick(sessions),
    deviceId: pick(devices),
    env: 'prod',
    eventId: `E${String(below(40)).padStart(3, '0')}`,
    event: pick(STEPS),
    subEvent: 'received',
    timeElapsed: below(50_000),
    botId: pick(bots),
    orgId: pick(orgs),
    question: pick(QUESTIONS),
  };
}

function logLine({ pick, below, hex }, i) {
  return {
    type: 'log',
    time: isoTime(i),
    level: pick(LEVELS),
    service: pick(SERVICES),
    msg: `${pick(MESSAGES)} after ${below(900)} ms`,
    request_id: hex(16),
    host: `node-${below(12)}`,
    timeElapsed: below(3000),
  };
}

function span({ pick, below, hex }, i) {
  return {
    type: 'trace',
    time: isoTime(i),
    operation_name: `GET /${pick(SERVICES)}`,
    service: pick(SERVICES),
    trace: { traceId: hex(32), spanId: hex(16), parentSpanId: hex(16) },
    http: { method: 'GET', status: pick([200, 200, 200, 204, 404, 500]) },
    duration_us: below(900_000),
  };
}

function metric({ pick, below }, i) {
  return {
    type: 'metric',
    time: isoTime(i),
    metric_name: pick(METRICS),
    metric_value: below(100_000) / 100,
    unit: 'percent',
    service: pick(SERVICES),
    host: `node-${below(12)}`,
  };
}

function isoTime(i) {
  return new Date(START_SECONDS * 1000 + i * 10).toISOString();
}
