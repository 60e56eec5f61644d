import { coreColumns } from './core-columns.mjs';
import { cubeRead, cubeRefresh } from './cube.mjs';
import { diff } from './diff.mjs';
import { encoders } from './encoders.mjs';
import { exportParquet } from './export.mjs';
import { forwardClickHouse } from './forward-clickhouse.mjs';
import { forwardKafka } from './forward-kafka.mjs';
import { forwardPostgres } from './forward-postgres.mjs';
import { forwardDown } from './forward-down.mjs';
import { forwardLive } from './forward-live.mjs';
import { forwardObjects } from './forward-objects.mjs';
import { group } from './group.mjs';
import { help } from './help.mjs';
import { importFile } from './import.mjs';
import { importQuery } from './import-query.mjs';
import { importSealed } from './import-sealed.mjs';
import { ingest } from './ingest.mjs';
import { log } from './log.mjs';
import { memory } from './memory.mjs';
import { needle } from './needle.mjs';
import { payload } from './payload.mjs';
import { otlpJson, otlpProtobuf } from './otlp.mjs';
import { otlpMemory } from './otlp-memory.mjs';
import { prune } from './prune.mjs';
import { query } from './query.mjs';
import { question, questionAlone } from './question.mjs';
import { redaction } from './redaction.mjs';
import { runLines, runStart } from './run.mjs';
import { seal } from './seal.mjs';
import { since, sinceJournal } from './since.mjs';
import { single } from './single.mjs';
import { size } from './size.mjs';
import { sustained } from './sustained.mjs';
import { tail } from './tail.mjs';
import { trace } from './trace.mjs';
import { versusVictoriaLogs } from './victoria-logs.mjs';

/** All cases, in the order in which they run and the page lists them. */
export const CASES = [
  ingest,
  importFile,
  importSealed,
  importQuery,
  runStart,
  runLines,
  redaction,
  single,
  versusVictoriaLogs,
  otlpProtobuf,
  otlpJson,
  otlpMemory,
  memory,
  query,
  question,
  questionAlone,
  trace,
  tail,
  seal,
  size,
  encoders,
  group,
  needle,
  payload,
  coreColumns,
  since,
  sinceJournal,
  prune,
  log,
  sustained,
  help,
  cubeRefresh,
  cubeRead,
  diff,
  exportParquet,
  forwardClickHouse,
  forwardKafka,
  forwardPostgres,
  forwardObjects,
  forwardLive,
  forwardDown,
];
