import { expect, test } from 'vitest';
import { dogstatsdEvent } from '../../../src/formats/statsd/dogstatsd.js';

const NOW = '2026-11-24T10:00:00.000Z';
const read = (line: string): unknown => {
  const json = dogstatsdEvent(line, NOW);
  return json === undefined ? undefined : JSON.parse(json);
};

test.each([
  ['_e{5,4}:Title|Text', { time: NOW, type: 'event', title: 'Title', text: 'Text' }],
  [
    '_e{6,12}:a|b:cd|one\\ntwo|ok!|d:1719983815|h:web-1|p:low|t:warning|k:deploys|s:jenkins|#env:prod,new,title:x',
    {
      time: '2024-07-03T05:16:55.000Z',
      type: 'event',
      title: 'a|b:cd',
      text: 'one\ntwo|ok!',
      host: 'web-1',
      priority: 'low',
      alert_type: 'warning',
      aggregation_key: 'deploys',
      source_type_name: 'jenkins',
      env: 'prod',
      new: 'true',
      exported_title: 'x',
    },
  ],
  ['_e{4,6}:größ|übung', undefined],
  ['_e{6,6}:größ|übung', { time: NOW, type: 'event', title: 'größ', text: 'übung' }],
  ['_e{2,0}:ok||#a:b', { time: NOW, type: 'event', title: 'ok', text: '', a: 'b' }],
  ['_sc|db.up|2', { time: NOW, type: 'service_check', name: 'db.up', status: 'critical' }],
  [
    '_sc|db.up|1|d:1719983815|h:db-1|#env:prod|m:slow|no: it is\\nlate',
    {
      time: '2024-07-03T05:16:55.000Z',
      type: 'service_check',
      name: 'db.up',
      status: 'warning',
      host: 'db-1',
      message: 'slow|no: it is\nlate',
      env: 'prod',
    },
  ],
  [
    '_e{5,4}:Title|Text|#a:b|c:ci-83c0a99c0a54|e:it-false',
    { time: NOW, type: 'event', title: 'Title', text: 'Text', a: 'b', container_id: '83c0a99c0a54' },
  ],
  ['_e{5,4}:Title|Tex', undefined],
  ['_e{5,4}:Title|Texts', undefined],
  ['_e{0,1}:|x', undefined],
  ['_e{x}:a|b', undefined],
  ['_sc|db.up|4', undefined],
  ['_sc||0', undefined],
])('given %s, then %j', (line, expected) => {
  expect(read(line)).toEqual(expected);
});
