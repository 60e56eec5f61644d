import { linesOf, titleOf, type AlertMessage } from '../message.js';

/** The longest text of a section block, in characters: Slack's Block Kit reference, "Section block". */
const MAX_SECTION = 3000;

/**
 * The payload of Slack's incoming webhooks ("Sending messages using incoming webhooks"): `text` for notifications, and
 * a section block. `channel` works for webhooks of legacy integrations; others ignore it.
 */
export function slackPayload(message: AlertMessage, room: string | undefined): unknown {
  const title = escaped(titleOf(message));
  const lines = linesOf(message).map(line => escaped(line));
  const text = `*${title}*\n${lines.join('\n')}`;
  return {
    ...(room !== undefined && { channel: room }),
    text: title,
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: text.slice(0, MAX_SECTION) } }],
  };
}

/** Slack reads these three characters as markup ("Formatting text for app surfaces", escaping text). */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
