import { archivedStore, telemetry } from '../lib/archived-store.mjs';
import { comparedQuery } from '../lib/compared-query.mjs';

const EVENTS = 10_000_000;

/** One trace id among all events, against bare DuckDB on that column of the files that have it. */
export const needle = {
  name: 'needle',
  what: 'one trace id in 10M sealed events, process start aside, against bare DuckDB scanning that one column of the files of spans',
  bound: 'at most 1.1',
  rounds: 1,
  async round() {
    const { store } = await archivedStore(EVENTS);
    const text = await telemetry(
      store,
      'query',
      '--format',
      'ndjson',
      `select "trace.traceId" as t from events where type = 'trace' limit 1 offset 700000`,
    );
    const condition = `"trace.traceId" = '${JSON.parse(text).t}'`;
    return comparedQuery(store, {
      ours: `select * exclude (payload) from events where ${condition}`,
      raw: `select "trace.traceId" from events where ${condition}`,
      only: 'trace-',
    });
  },
  report([{ ours, raw, ratio }]) {
    return {
      figure: ratio.toFixed(2),
      isMet: ratio <= 1.1,
      detail: `${ours.toFixed(0)} against ${raw.toFixed(0)} ms`,
    };
  },
};
