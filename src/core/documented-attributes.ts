import { KIND, type Attribute, type AttributeType } from './attribute.js';

/**
 * Attributes named in the documentation: those that the receivers, sources and decoders of telemetry set, and the
 * present and former names of OpenTelemetry's semantic conventions. A query may name them before any event has them:
 * they are NULL then.
 */
const DOCUMENTED: Readonly<Record<AttributeType, string>> = {
  VARCHAR: `level severity_text msg body event event_id event_name event_category user_id source host host_name app procid
    msgid facility file stream command run_id signal service_name service_version scope_name scope_version kind status
    status_message start status_code metric_name metric_type metric_unit metric_value_text unit help description temporality
    job instance mount device interface application telemetry_type agent_id os_name os_version kernel_version architecture
    cloud_provider operation_name http_method http_url tags currency title http.route http.method http.request.method
    http.target url.path url.full url.scheme server.address client.address user_agent.original error.type exception.type
    exception.message exception.stacktrace db.system db.system.name db.statement db.query.text db.operation.name
    db.namespace messaging.system messaging.destination.name rpc.system rpc.service rpc.method service.name
    service.namespace service.version service.instance.id deployment.environment deployment.environment.name host.name
    k8s.pod.name k8s.namespace.name k8s.container.name container.name container.id telemetry.sdk.language
    telemetry.sdk.name reason schema_violation
    http.url http.scheme url.query http.user_agent http.client_ip net.peer.name net.host.name http.server_name
    network.peer.address net.sock.peer.addr net.peer.ip network.local.address net.sock.host.addr net.host.ip
    network.transport net.transport network.protocol.name net.protocol.name network.protocol.version
    net.protocol.version http.flavor db.name db.collection.name db.sql.table db.mongodb.collection db.cassandra.table
    db.cosmosdb.container db.operation messaging.destination messaging.operation.type messaging.operation
    messaging.message.id messaging.message_id messaging.message.conversation_id messaging.conversation_id
    messaging.client.id messaging.client_id messaging.consumer.group.name messaging.kafka.consumer.group
    messaging.kafka.consumer_group messaging.rocketmq.client_group messaging.eventhubs.consumer.group
    messaging.destination.subscription.name messaging.servicebus.destination.subscription_name
    messaging.destination.partition.id messaging.kafka.destination.partition messaging.kafka.partition rpc.system.name
    rpc.response.status_code rpc.connect_rpc.error_code code.function.name code.function code.file.path code.filepath
    otel.scope.name otel.library.name otel.scope.version otel.library.version gen_ai.provider.name gen_ai.system
    gen_ai.output.type gen_ai.openai.request.response_format openai.request.service_tier
    gen_ai.openai.request.service_tier openai.response.service_tier gen_ai.openai.response.service_tier
    openai.response.system_fingerprint gen_ai.openai.response.system_fingerprint`,
  BIGINT: `severity_number start_time_unix_nano end_time_unix_nano time_unix_nano observed_time_unix_nano duration_ns pid
    exit_code peak_memory_bytes count cpu_count socket_count total_memory_mb http_status_code http.status_code
    http.response.status_code http.request.body.size http.response.body.size server.port partial_ordinal
    http.request_content_length http.response_content_length http.request.resend_count http.resend_count client.port
    net.peer.port net.host.port network.peer.port net.sock.peer.port network.local.port net.sock.host.port
    messaging.message.body.size messaging.message.payload_size_bytes messaging.message_payload_size_bytes
    messaging.kafka.offset messaging.kafka.message.offset code.line.number code.lineno code.column.number code.column
    gen_ai.request.seed gen_ai.openai.request.seed gen_ai.usage.input_tokens gen_ai.usage.prompt_tokens
    gen_ai.usage.output_tokens gen_ai.usage.completion_tokens`,
  DOUBLE: `metric_value rate sum min max mean percentile_50 percentile_90 percentile_95 percentile_99 created
    scrape_duration_seconds`,
  BOOLEAN: `is_monotonic malformed truncated partial_last`,
  HUGEINT: '',
  JSON: `events links exemplars buckets bounds quantiles`,
};

const KINDS: Readonly<Record<AttributeType, number>> = {
  VARCHAR: KIND.string,
  BIGINT: KIND.integer,
  DOUBLE: KIND.double,
  BOOLEAN: KIND.boolean,
  HUGEINT: KIND.unsigned,
  JSON: KIND.array,
};

const byName = new Map<string, Attribute>(
  (Object.keys(DOCUMENTED) as AttributeType[]).flatMap(type =>
    DOCUMENTED[type]
      .split(/\s+/)
      .filter(name => name !== '')
      .map(name => [name.toLowerCase(), { name, paths: [], kinds: KINDS[type] }] as const),
  ),
);

/** The names of all documented attributes. */
export function documentedNames(): readonly string[] {
  return [...byName.values()].map(({ name }) => name);
}

/** Returns the documented attribute of a name, in any case, as a column of NULL; undefined for any other name. */
export function documentedAttribute(name: string): Attribute | undefined {
  return byName.get(name.toLowerCase());
}
