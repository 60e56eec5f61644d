import { openTestJournal } from '../../helpers/journal.js';
import { seal } from '../../helpers/archive.js';

/** The number of events of a store. */
const ODD_EVENTS = 5000;

const DAY_MS = 86_400_000;

/** When the first event is received. */
const START_MS = Date.UTC(2026, 10, 20, 23, 30);

/** Days over which the events are received. */
const DAYS = 5;

/** Events whose payload some engines cannot hold as JSON: the type begins with `odd`, and questions about keys skip them. */
const ODD_JSON: readonly ((n: number) => string)[] = [
  n => `{"type":"odd nul","n":${n},"message":"a\\u0000b","text":"\\u0000"}`,
  n => `{"type":"odd nul\\u0000","n":${n},"service":"s\\u0000"}`,
  n => `{"type":"odd half","n":${n},"message":"\\ud800 and more"}`,
  n => `{"type":"odd number","n":${n},"value":1e999999,"small":1e-999999}`,
  n => `{"type":"odd digits","n":${n},"value":${'9'.repeat(400)}}`,
  n => `{"type":"odd twice","n":${n},"text":"first","text":"second","integer":1,"integer":2}`,
  n => `{"type":"odd deep","n":${n},"deep":${'['.repeat(200)}${']'.repeat(200)}}`,
  n => `{"type":"odd keys","n":${n},"":"empty","a.b":1,"a":{"b":2},"q\\"uote":"x","Type":"Upper"}`,
  () => `"a line of text, with \\"quotes\\""`,
  () => '[1,{"type":"in an array"}]',
  () => 'null',
  () => '42',
];

const EPOCH_NS = 1_795_000_000_000_000_000n;

/** Events that every engine can hold. */
const PLAIN_JSON: readonly ((n: number) => string)[] = [
  n => `{"type":"log","n":${n},"severity":"INFO","message":"plain ${n}","service":"api","integer":${n},"flag":true}`,
  n => `{"type":"log","n":${n},"level":"warn","message":"","service":"","text":"","flag":false}`,
  n =>
    `{"type":"log","n":${n},"message":"tab\\t, line\\nfeed, return\\r, quote\\" and \\\\ back\\u0001","text":"\\\\.\\n\\\\N,\\"\\u0007"}`,
  n => `{ "type" : "log",\n\t"n": ${n},\r\n "text" : "pretty" , "list":[1,\r 2 ] }`,
  n => `{"type":"null","n":${n},"text":null,"integer":null,"message":null,"trace_id":null}`,
  n => `{"type":"missing","n":${n}}`,
  n =>
    `{"type":"unicode","n":${n},"message":"日本 é e\\u0301 \\ud83d\\ude00 😀 \\u202e","text":"\\u00e9${'é'.repeat(n % 7)}"}`,
  n => `{"type":"integer","n":${n},"integer":9223372036854775807,"text":"max"}`,
  n => `{"type":"integer","n":${n},"integer":-9223372036854775808,"text":"min"}`,
  n => `{"type":"integer","n":${n},"integer":9007199254740993,"text":"past double"}`,
  n => `{"type":"wide","n":${n},"wide":12345678901234567890}`,
  n => `{"type":"metric","n":${n},"metric_name":"cpu","metric_value":0.1,"host":"a${n % 3}"}`,
  n => `{"type":"nanos","n":${n},"time_unix_nano":${EPOCH_NS + BigInt(n) * 1_000_000_007n}}`,
  n => `{"type":"nanos","n":${n},"timeUnixNano":"${EPOCH_NS + BigInt(n)}"}`,
  n => `{"type":"nanos","n":${n},"time":"2026-11-21T12:00:00.${String(n).padStart(9, '0')}Z"}`,
  n => `{"type":"old","n":${n},"time":"1970-01-0${1 + (n % 9)}T00:00:00Z"}`,
  n => `{"type":"old","n":${n},"time":"${1600 + 60 * (n % 8)}-02-28T23:59:59.999999Z"}`,
  n => `{"type":"late","n":${n},"time":"9${String(n % 8).padStart(3, '9')}-12-31T23:59:59.999Z"}`,
  n =>
    `{"type":"trace","n":${n},"trace_id":"${(n % 50).toString(16).padStart(32, 'a')}","span_id":"${n.toString(16).padStart(16, '0')}","name":"GET /${n % 4}","duration_ms":${n}.25}`,
  n => `{"type":"o'clock \\"type\\"; drop table events; --","n":${n},"text":"'); select 1; --"}`,
  n => `{"type":"long","n":${n},"text":"${'long \\"text\\" '.repeat(200)}"}`,
];

/** The JSON of an odd event; the same for the same number. */
function oddEvent(n: number): string {
  const isOdd = n % 7 === 3;
  const forms = isOdd ? ODD_JSON : PLAIN_JSON;
  // Not n itself: a form whose place shares a factor with 7 would never be made.
  return forms[Math.floor(n / 7) % forms.length]!(n);
}

/** Fills a store with odd events of several days: the first half sealed, the others in the journal. */
export async function fillOddStore(dir: string): Promise<void> {
  const journal = openTestJournal(dir);
  const step = 100;
  for (let from = 0; from < ODD_EVENTS; from += step) {
    if (from === ODD_EVENTS / 2) await seal(dir);
    const at = START_MS + Math.floor((from / ODD_EVENTS) * DAYS) * DAY_MS + from;
    journal.appendText(
      Array.from({ length: step }, (_, i) => oddEvent(from + i)),
      at,
    );
  }
  journal.close();
}
