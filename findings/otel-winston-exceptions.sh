#!/usr/bin/env bash
# The OpenTelemetry transport of winston makes exceptions of ordinary records: the first argument of a format string, or
# a field named code, name or message.
#
# It looks for an error in err and error, then among the arguments, and takes a text or a number for one. "user %s" with
# 'ann' arrives with exception.message "ann", at level info; error: 'none' arrives as exception.message alone. Counts of
# and alerts on exception.* see errors that never were.
#
# Seen with @opentelemetry/winston-transport 0.34.0, @opentelemetry/sdk-logs 0.223.1 and winston 3.19.0 on Node 20.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y > npm.log
npm install --silent --no-audit --no-fund winston@3.19.0 @opentelemetry/winston-transport@0.34.0 \
  @opentelemetry/api@1.9.1 @opentelemetry/api-logs@0.223.1 @opentelemetry/sdk-logs@0.223.1 > npm.log
cat > log.mjs <<'JS'
import { logs } from '@opentelemetry/api-logs';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { OpenTelemetryTransportV3 } from '@opentelemetry/winston-transport';
import winston from 'winston';

const exporter = new InMemoryLogRecordExporter();
const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
logs.setGlobalLoggerProvider(provider);
const logger = winston.createLogger({ format: winston.format.splat(), transports: [new OpenTelemetryTransportV3()] });
logger.info('no argument');
logger.info('user %s has %d items', 'ann', 3);
logger.info('took %d ms', 12);
logger.info('order shipped', { code: 'DE', city: 'Bonn' });
logger.info('health', { error: 'none' });
await provider.forceFlush();
for (const { severityText, body, attributes } of exporter.getFinishedLogRecords()) {
  console.log(`${severityText} "${body}"`, JSON.stringify(attributes));
}
JS
node log.mjs > seen
cat > expected <<'TEXT'
info "no argument" {}
info "user ann has 3 items" {"exception.message":"ann"}
info "took 12 ms" {"exception.message":"12"}
info "order shipped" {"code":"DE","city":"Bonn","exception.type":"DE"}
info "health" {"exception.message":"none"}
TEXT
cat seen
diff expected seen
