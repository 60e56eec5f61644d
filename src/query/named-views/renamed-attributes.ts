import type { OptionalColumns } from './optional-columns.js';

/** A former name of an attribute. */
interface FormerName {
  readonly name: string;
  /** SQL for the value that the present name has, over the column of the former one; by default the column. */
  readonly sql: ((column: string, columns: OptionalColumns) => string) | undefined;
  /** True where both names have the same value, so that the former one can be read as the present one, too. */
  readonly isSame: boolean;
}

/** An attribute of OpenTelemetry's semantic conventions that had other names before. */
export interface RenamedAttribute {
  readonly name: string;
  readonly type: 'VARCHAR' | 'BIGINT';
  /** The newest first. */
  readonly former: readonly FormerName[];
}

/** Former names that differ in more than the name. */
const CONVERTED: Readonly<Record<string, FormerName['sql']>> = {
  // A target has the path and the query of a URL.
  'url.path http.target': column => `split_part(cast(${column} as VARCHAR), '?', 1)`,
  'url.query http.target': column => `nullif(split_part(cast(${column} as VARCHAR), '?', 2), '')`,
  // ip_tcp and ip_udp are tcp and udp.
  'network.transport net.transport': column => `regexp_replace(cast(${column} as VARCHAR), '^ip_', '')`,
  // The peer of a server is its client.
  'server.address net.peer.name': unlessServer,
  'server.port net.peer.port': unlessServer,
  'client.address net.peer.name': ifServer,
  'client.port net.peer.port': ifServer,
};

function unlessServer(column: string, columns: OptionalColumns): string {
  return `case when lower(${columns.first('VARCHAR', 'kind')}) = 'server' then null else ${column} end`;
}

function ifServer(column: string, columns: OptionalColumns): string {
  return `case when lower(${columns.first('VARCHAR', 'kind')}) = 'server' then ${column} end`;
}

/**
 * Present and former names, from the deprecated attributes of the registry
 * (https://opentelemetry.io/docs/specs/semconv/registry/attributes/) and the migration guides for HTTP and databases.
 */
const NAMES: Readonly<Record<RenamedAttribute['type'], string>> = {
  VARCHAR: `
    http.request.method           http.method
    url.full                      http.url
    url.scheme                    http.scheme
    url.path                      http.target
    url.query                     http.target
    user_agent.original           http.user_agent
    client.address                http.client_ip net.peer.name
    server.address                net.host.name http.server_name net.peer.name
    network.peer.address          net.sock.peer.addr net.peer.ip
    network.local.address         net.sock.host.addr net.host.ip
    network.transport             net.transport
    network.protocol.name         net.protocol.name
    network.protocol.version      net.protocol.version http.flavor
    db.system.name                db.system
    db.namespace                  db.name
    db.collection.name            db.sql.table db.mongodb.collection db.cassandra.table db.cosmosdb.container
    db.operation.name             db.operation
    db.query.text                 db.statement
    messaging.destination.name    messaging.destination
    messaging.operation.type      messaging.operation
    messaging.message.id          messaging.message_id
    messaging.message.conversation_id messaging.conversation_id
    messaging.client.id           messaging.client_id
    messaging.consumer.group.name messaging.kafka.consumer.group messaging.kafka.consumer_group messaging.rocketmq.client_group messaging.eventhubs.consumer.group
    messaging.destination.subscription.name messaging.servicebus.destination.subscription_name
    messaging.destination.partition.id messaging.kafka.destination.partition messaging.kafka.partition
    rpc.system.name               rpc.system
    rpc.response.status_code      rpc.connect_rpc.error_code
    code.function.name            code.function
    code.file.path                code.filepath
    deployment.environment.name   deployment.environment
    otel.scope.name               otel.library.name
    otel.scope.version            otel.library.version
    gen_ai.provider.name          gen_ai.system
    gen_ai.output.type            gen_ai.openai.request.response_format
    openai.request.service_tier   gen_ai.openai.request.service_tier
    openai.response.service_tier  gen_ai.openai.response.service_tier
    openai.response.system_fingerprint gen_ai.openai.response.system_fingerprint`,
  BIGINT: `
    http.response.status_code     http.status_code
    http.request.body.size        http.request_content_length
    http.response.body.size       http.response_content_length
    http.request.resend_count     http.resend_count
    client.port                   net.peer.port
    server.port                   net.host.port net.peer.port
    network.peer.port             net.sock.peer.port
    network.local.port            net.sock.host.port
    messaging.message.body.size   messaging.message.payload_size_bytes messaging.message_payload_size_bytes
    messaging.kafka.offset        messaging.kafka.message.offset
    code.line.number              code.lineno
    code.column.number            code.column
    gen_ai.request.seed           gen_ai.openai.request.seed
    gen_ai.usage.input_tokens     gen_ai.usage.prompt_tokens
    gen_ai.usage.output_tokens    gen_ai.usage.completion_tokens`,
};

/** All renamed attributes. */
export const RENAMED_ATTRIBUTES: readonly RenamedAttribute[] = (['VARCHAR', 'BIGINT'] as const).flatMap(type =>
  NAMES[type]
    .trim()
    .split('\n')
    .map(line => {
      const [name = '', ...former] = line.trim().split(/\s+/);
      return { name, type, former: former.map(old => formerName(name, old)) };
    }),
);

function formerName(name: string, former: string): FormerName {
  const sql = CONVERTED[`${name} ${former}`];
  return { name: former, sql, isSame: sql === undefined };
}
