import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import { telemetry, timed } from '../lib/archived-store.mjs';
import { keptFolder } from '../lib/scratch.mjs';
import { median } from '../lib/statistics.mjs';

/** With CUBE_EVENTS, fewer: a rebuild of 10M takes minutes on a small machine. */
const EVENTS = Number(process.env.CUBE_EVENTS ?? 10_000_000);

const BUCKETS = 1000;
const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 1);

const SQL = `select time_bucket(interval 1 hour, time) as bucket, service, count(*) as n,
  quantile_cont(duration_ms, 0.95) as p95, count(distinct actor) as actors from events group by all`;

const RUNS = 5;

/** One event at a time in an hour. */
function line(n, hour) {
  const time = new Date(START + hour * HOUR_MS + ((n * 7919) % HOUR_MS)).toISOString();
  const duration = (n * 48271) % 100_003;
  return `{"type":"trace","service":"s${n % 7}","actor":"u${(n * 31) % 50_021}","duration_ms":${duration},"time":"${time}"}\n`;
}

async function write(file, count, hourOf, from = 0) {
  const out = createWriteStream(file);
  for (let n = 0; n < count; n++) {
    if (!out.write(line(from + n, hourOf(n)))) await new Promise(resolve => out.once('drain', resolve));
  }
  out.end();
  await finished(out);
}

let made;

/** A store with a cube over all of its sealed events, and then 10,000 new events in two buckets and 10 late ones. */
function cubeStore() {
  return (made ??= make());
}

async function make() {
  const folder = keptFolder('cube');
  const store = join(folder, 'store');
  process.stderr.write(`  a store of ${EVENTS.toLocaleString('en-US')} events in ${BUCKETS} buckets is made once\n`);
  await write(join(folder, 'all.ndjson'), EVENTS, n => Math.floor((n * BUCKETS) / EVENTS));
  await telemetry(store, 'ingest', join(folder, 'all.ndjson'));
  await telemetry(store, 'seal');
  await telemetry(store, 'cube', 'create', 'hourly', '--bucket', 'bucket', '--sql', SQL);
  // Not the time of --explain: the buckets of pending events are computed before it starts.
  const read = async sql => (await timed(store, 'query', '--no-server', sql)).ms;
  const ratios = async () => {
    const found = [];
    for (let run = 0; run < RUNS; run++) {
      const start = await read('select 1');
      const raw = (await read(SQL)) - start;
      found.push({ raw, cube: (await read('select * from hourly')) - start });
    }
    const [raw, cube] = ['raw', 'cube'].map(side => median(found.map(one => one[side])));
    return { raw, cube, ratio: median(found.map(one => one.cube / one.raw)) };
  };
  const seconds = async (...words) => JSON.parse(await telemetry(store, 'cube', ...words, 'hourly'))[0].seconds;
  const current = await ratios();
  const rebuild = await seconds('rebuild');
  const more = join(folder, 'more.ndjson');
  await write(more, 10_010, n => (n < 10_000 ? BUCKETS - 2 + (n % 2) : (n * 97) % BUCKETS), EVENTS);
  await telemetry(store, 'ingest', more);
  const pending = await ratios();
  const refresh = await seconds('refresh');
  const [{ differing }] = JSON.parse(await telemetry(store, 'cube', 'verify', 'hourly'));
  if (differing.length > 0) throw new Error(`${differing.length} buckets differ from the events`);
  const whole = SQL.replace('time_bucket(interval 1 hour, time)', `date_trunc('year', time)`);
  await telemetry(store, 'cube', 'create', 'huge', '--bucket', 'bucket', '--sql', whole);
  const huge = JSON.parse(await telemetry(store, 'cube', 'rebuild', 'huge'))[0].seconds;
  return { current, pending, rebuild, refresh, huge };
}

export const cubeRefresh = {
  name: 'cube-refresh',
  what: `refreshing a cube of ${BUCKETS} buckets over ${EVENTS / 1e6}M events after 10,000 new events in two of them and 10 late ones, against its rebuild`,
  bound: 'at most 0.03',
  rounds: 1,
  round: cubeStore,
  report([{ rebuild, refresh, huge }]) {
    const ratio = refresh / rebuild;
    return {
      figure: ratio.toFixed(3),
      isMet: ratio <= 0.03,
      detail: `${refresh.toFixed(2)} against ${rebuild.toFixed(1)} s; one bucket of all events is computed in ${huge.toFixed(1)} s`,
    };
  },
};

export const cubeRead = {
  name: 'cube-read',
  what: `reading all of that cube, against its query over the events, both without the start of the process: with nothing pending, and with the new events pending`,
  bound: 'at most 0.02 and 0.05',
  rounds: 1,
  round: cubeStore,
  report([{ current, pending }]) {
    return {
      figure: `${current.ratio.toFixed(3)} and ${pending.ratio.toFixed(3)}`,
      isMet: current.ratio <= 0.02 && pending.ratio <= 0.05,
      detail: `${current.cube.toFixed(0)} and ${pending.cube.toFixed(0)} against ${current.raw.toFixed(0)} ms`,
    };
  },
};
