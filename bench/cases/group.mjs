import { archivedStore } from '../lib/archived-store.mjs';
import { comparedQuery } from '../lib/compared-query.mjs';
import { program, runJson } from '../lib/process.mjs';

const EVENTS = 10_000_000;

/** JSON text is read so slowly that a tenth of it will do. */
const TEXT_EVENTS = 1_000_000;

const SQL = `select event, env, count(*), avg("timeElapsed") from events group by event, env`;
const TEXT_SQL = `select payload->>'event', payload->>'env', count(*), avg((payload->>'timeElapsed')::double) from events group by 1, 2`;

/** A group-by over flat columns against bare DuckDB on the same files, and on JSON text. */
export const group = {
  name: 'group',
  what: 'group-by of two keys with an average over 10M sealed events, process start aside: against bare DuckDB on the same files; how much faster than over JSON text',
  bound: 'at most 1.2; at least 20',
  rounds: 1,
  async round() {
    const { store } = await archivedStore(EVENTS);
    const compared = await comparedQuery(store, { ours: SQL, raw: SQL });
    const { file } = await archivedStore(TEXT_EVENTS);
    const text = await runJson(program('raw', 'duckdb-json-file.mjs'), { file, sql: TEXT_SQL });
    return { ...compared, text: (text.ms * EVENTS) / TEXT_EVENTS };
  },
  report([{ ours, raw, ratio, text }]) {
    const faster = text / ours;
    return {
      figure: `${ratio.toFixed(2)}; ${faster.toFixed(0)}`,
      isMet: ratio <= 1.2 && faster >= 20,
      detail: `${ours.toFixed(0)} against ${raw.toFixed(0)} ms; JSON text ${(text / 1000).toFixed(1)} s`,
    };
  },
};
