import { describe, expect, test } from 'vitest';
import { readPage } from '../helpers/console/page.js';
import { typePage } from '../helpers/console/terminal.js';
import { hasProgram } from '../helpers/programs.js';

const PAGE = `<!-- console: before
telemetry send '{"name":"GET /","service":"web","trace_id":"7","span_id":"1","start_time":"2026-11-28T09:00:00Z","duration_ms":100}' \\
  '{"name":"db.query","service":"db","trace_id":"7","span_id":"2","parent_span_id":"1","start_time":"2026-11-28T09:00:00.050Z","duration_ms":50}'
-->

\`\`\`console
$ stty cols 60; telemetry trace 7
$ FORCE_COLOR=1 telemetry trace 7 | grep -c 33m
\`\`\`
`;

describe.skipIf(process.platform !== 'linux' || !hasProgram('script'))('a trace on a terminal', () => {
  test('fits the width of the terminal, and has colours when asked to', async () => {
    const [, drawn, colored] = await typePage(readPage(PAGE));

    expect(drawn?.filter((line, i) => line !== '' || i < drawn.length - 1)).toEqual([
      'trace 7  web GET /',
      '100ms, 2 spans, 2 services, from 2026-11-28 09:00:00 UTC',
      '',
      '   SPAN            TOTAL    SELF 0──────────────────── 100ms',
      '*  web GET /       100ms    50ms ███████████████████████████',
      '*    db db.query    50ms    50ms ·············▐█████████████',
      '',
      'critical path: db db.query 50ms (50%), web GET / 50ms (50%)',
      '* on the critical path',
    ]);
    expect(Number(colored?.[0])).toBeGreaterThan(0);
  });
});
