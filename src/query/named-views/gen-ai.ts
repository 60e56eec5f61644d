import { selectList, type BuiltInView } from './built-in-view.js';
import { spanError } from './classic.js';
import type { OptionalColumns } from './optional-columns.js';

/*
 * Calls of language models: spans and events of OpenTelemetry's GenAI semantic conventions, and the log events that
 * coding agents send for each request.
 */

/** Values of `gen_ai.operation.name` that call a model. Others run agents or tools, whose own calls have spans. */
const MODEL_OPERATIONS = ['chat', 'text_completion', 'generate_content', 'embeddings'];

/** The event of the conventions. It repeats a span unless it is outside of one. */
const CALL_EVENT = 'gen_ai.client.inference.operation.details';

/** Gemini CLI sends the event of the conventions besides one by its own name. */
const REPEATING_SERVICE = 'gemini-cli';

/**
 * Log events of coding agents, one a model call: Claude Code, Gemini CLI. Codex sends the tokens of a call with the
 * end of its response, see {@link CODEX_END}.
 */
const AGENT_CALLS = ['claude_code.api_request', 'gemini_cli.api_response'];
const AGENT_ERRORS = ['claude_code.api_error', 'gemini_cli.api_error'];

/** Claude Code leaves its name out of the attribute `event.name`. */
const BARE_NAMES = ['api_request', 'api_error'];

/** A log record, or an event of JSON that copies its attributes. Metrics and spans have names of these, too. */
const IS_RECORD = `"type" not in ('trace', 'metric')`;

const CODEX_END = { name: 'codex.sse_event', kind: 'response.completed' } as const;

/** The view `gen_ai`. */
export const GEN_AI_VIEWS: readonly BuiltInView[] = [
  { name: 'gen_ai', summary: 'calls of language models, with tokens and cost', sql: genAi },
];

function genAi(columns: OptionalColumns): string {
  const event = columns.first('VARCHAR', 'event.name', 'event_name', 'name');
  const kind = columns.first('VARCHAR', 'event.kind');
  const operation = columns.first('VARCHAR', 'gen_ai.operation.name');
  const model = columns.first('VARCHAR', 'gen_ai.request.model', 'gen_ai.response.model', 'model');
  const spanModel = columns.first('VARCHAR', 'gen_ai.request.model', 'gen_ai.response.model');
  const agent = `coalesce(${columns.first('VARCHAR', 'gen_ai.agent.name', 'agent.name', 'agent_name')},
    case when ${IS_RECORD} and ${event} in (${list(BARE_NAMES)}) then 'claude_code'
      when ${event} in (${list([...AGENT_CALLS, ...AGENT_ERRORS, CODEX_END.name])}) then split_part(${event}, '.', 1) end)`;
  const rows = [
    `"type" = 'trace' and ${spanModel} is not null and coalesce(${operation}, 'chat') in (${list(MODEL_OPERATIONS)})`,
    `${event} = '${CALL_EVENT}' and "span_id" is null and "service" is distinct from '${REPEATING_SERVICE}'`,
    `${IS_RECORD} and ${event} in (${list([...AGENT_CALLS, ...AGENT_ERRORS])})`,
    `${IS_RECORD} and ${event} in (${list(BARE_NAMES)}) and ${columns.first('VARCHAR', 'model')} is not null`,
    `${event} = '${CODEX_END.name}' and ${kind} = '${CODEX_END.kind}'`,
  ];
  return `select ${selectList([
    ['"time"', '"time"'],
    ['system', columns.first('VARCHAR', 'gen_ai.provider.name', 'gen_ai.system')],
    ['operation', operation],
    ['model', model],
    ['response_model', columns.first('VARCHAR', 'gen_ai.response.model')],
    ...tokens(columns),
    [
      'cost_usd',
      columns.first('DOUBLE', 'cost_usd', 'gen_ai.usage.cost', 'gen_ai.cost.total', 'gen_ai.usage.cost_usd'),
    ],
    ['duration_ms', '"duration_ms"'],
    ['session_id', columns.first('VARCHAR', 'gen_ai.conversation.id', 'session.id', 'conversation.id', 'sessionId')],
    ['agent', agent],
    ['tool', columns.first('VARCHAR', 'gen_ai.tool.name', 'tool_name', 'tool.name')],
    [
      'is_error',
      `coalesce(${event} in (${list([...AGENT_ERRORS, 'api_error'])}), false) or coalesce(${spanError(columns)}, false)`,
    ],
    [
      'error',
      `nullif(${columns.first('VARCHAR', 'error.message', 'error', 'error.type', 'exception.message', 'status_message')}, 'false')`,
    ],
    ['user_id', columns.first('VARCHAR', 'user.id', 'user.account_uuid', 'enduser.id', 'user_id')],
    ['service', '"service"'],
    ['trace_id', '"trace_id"'],
    ['span_id', '"span_id"'],
    ['id', 'id'],
  ])} from events where (${rows.join(') or (')})`;
}

/** Token counts: the conventions' present and former names, Claude Code's, Codex's and Gemini CLI's. */
function tokens(columns: OptionalColumns): (readonly [string, string])[] {
  const count = (...names: string[]): string => columns.first('BIGINT', ...names);
  return [
    [
      'input_tokens',
      count('gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'input_tokens', 'input_token_count'),
    ],
    [
      'output_tokens',
      count('gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens', 'output_tokens', 'output_token_count'),
    ],
    [
      'cached_input_tokens',
      count(
        'gen_ai.usage.cache_read.input_tokens',
        'cache_read_tokens',
        'cached_token_count',
        'cached_content_token_count',
      ),
    ],
    [
      'cache_creation_tokens',
      count('gen_ai.usage.cache_creation.input_tokens', 'cache_creation_tokens', 'cache_write_token_count'),
    ],
    [
      'reasoning_tokens',
      count('gen_ai.usage.reasoning.output_tokens', 'reasoning_token_count', 'thoughts_token_count'),
    ],
  ];
}

function list(names: readonly string[]): string {
  return names.map(name => `'${name}'`).join(', ');
}
