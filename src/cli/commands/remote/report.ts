import prettyBytes from 'pretty-bytes';
import type { RemoteDefinition } from '../../../consumers/remotes/remote.js';
import { render } from '../../../render/formats.js';
import { widthOf } from '../../../render/width.js';
import type { RemoteLossAt, RemoteState } from '../../../store/catalog/remote-state.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { instantText } from '../../shared/instant-text.js';
import { eventsText, lagText, maxLagText, rateText, remoteJson } from '../../shared/remote-text.js';
import { columnsOf, printReport, resultOf } from '../../shared/report.js';
import type { RemoteOptions } from './options.js';

/** Prints all remotes. */
export async function printList(
  states: readonly RemoteState[],
  { format }: RemoteOptions,
  context: Context,
): Promise<void> {
  const { streams } = context;
  const rows = states.map(state => [
    state.name,
    state.state,
    lagText(state),
    rateText(state),
    counted(state.sent_events, 'event'),
    state.url,
  ]);
  const names = ['name', 'state', 'lag', 'rate', 'sent', 'url'];
  await printReport(format, context, {
    table: () =>
      render(
        'table',
        resultOf(columnsOf(names), withWholeUrls(names, rows, streams.columns)),
        text => streams.out.write(text),
        {
          columns: streams.columns,
          color: streams.color,
        },
      ),
    json: states.map(remoteJson),
  });
}

/** Characters of a URL in a line of a narrow terminal. */
const MIN_URL_WIDTH = 10;

/** The rows with URLs in lines that leave room for the other cells, so that no host is cut. */
function withWholeUrls(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number | undefined,
): readonly (readonly string[])[] {
  if (columns === undefined) return rows;
  const others = names.slice(0, -1).map((name, i) => Math.max(...[name, ...rows.map(row => row[i]!)].map(widthOf)));
  const borders = 3 * names.length + 1;
  const width = Math.max(MIN_URL_WIDTH, columns - borders - others.reduce((sum, one) => sum + one, 0));
  return rows.map(row => [...row.slice(0, -1), linesOf(row.at(-1)!, width).join('\n')]);
}

/** A text in lines of at most `width` characters. */
function linesOf(text: string, width: number): string[] {
  return Array.from({ length: Math.ceil(text.length / width) }, (_, i) => text.slice(i * width, (i + 1) * width));
}

/** A remote with its delivery guarantee and losses. */
export interface ShownRemote {
  readonly state: RemoteState;
  /** The delivery guarantee of its kind. */
  readonly once: string;
  /** The latest losses. */
  readonly losses: readonly RemoteLossAt[];
}

/** Prints one remote. */
export async function printRemote(shown: ShownRemote, { format }: RemoteOptions, context: Context): Promise<void> {
  await printReport(format, context, {
    table: () => context.streams.out.write(remoteText(shown)),
    json: {
      ...remoteJson(shown.state),
      once: shown.once,
      losses: shown.losses.map(({ firstId, lastId, events, removedAt }) => ({
        first_id: firstId,
        last_id: lastId,
        events,
        removed_at: instantText(removedAt),
      })),
    },
    isIndented: true,
  });
}

function remoteText({ state, once, losses }: ShownRemote): string {
  const { where, types, privacy, maxLag, batch, bandwidth, options } = JSON.parse(state.definition) as RemoteDefinition;
  const lines: (readonly [string, string | undefined])[] = [
    ['name', state.name],
    ['url', state.url],
    ['state', state.state],
    ['lag', lagText(state)],
    ['cursor', `event ${state.cursor_id}`],
    ['rate', rateText(state)],
    ['sent', `${counted(state.sent_events, 'event')}, ${prettyBytes(state.sent_bytes)}`],
    ['last sent', state.sent_at === null ? 'never' : instantText(state.sent_at)],
    ['rejected', counted(state.rejected_events, 'event')],
    ['lost', counted(state.lost_events, 'event')],
    ...losses.map(loss => ['', eventsText(loss)] as const),
    ['retries', String(state.retries)],
    ['next try', state.next_try_at === null ? undefined : instantText(state.next_try_at)],
    ['warning', state.warning ?? undefined],
    ['error', state.error === null ? undefined : `${state.error} (${instantText(state.error_at!)})`],
    ['where', where],
    ['types', types?.join(', ')],
    ['redact', listText(privacy?.redact)],
    ['hash', listText(privacy?.hash)],
    ['drop', listText(privacy?.drop)],
    ['max lag', maxLagText(maxLag)],
    ['batch', batch === undefined ? undefined : counted(batch, 'event')],
    ['bandwidth', bandwidth === undefined ? undefined : `${prettyBytes(bandwidth)}/s`],
    ...Object.entries(options),
    ['created', instantText(state.created_at)],
    ['once', once],
  ];
  const given = lines.filter((line): line is readonly [string, string] => line[1] !== undefined);
  const width = Math.max(...given.map(([label]) => label.length));
  return given.map(([label, value]) => `${label.padEnd(width)}  ${value}\n`).join('');
}

function listText(items: readonly string[] | undefined): string | undefined {
  return items && items.length > 0 ? items.join(', ') : undefined;
}
