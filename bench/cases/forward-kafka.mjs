import { Admin } from '@platformatic/kafka';
import { archivedStore } from '../lib/archived-store.mjs';
import { startEngine } from '../lib/engine.mjs';
import { forwardOnce } from '../lib/forward-once.mjs';
import { program, runNode } from '../lib/process.mjs';
import { rateReport } from '../lib/rate-report.mjs';

const EVENTS = 200_000;
const RUNS = 5;

/** Forwarding to Kafka, whole process, against a script with a bare producer. */
export const forwardKafka = {
  name: 'forward-kafka',
  what: '`telemetry forward` of 200,000 sealed events to a Kafka broker, against a bare Node script whose idempotent producer sends the same payloads from a file in requests of the same size',
  bound: 'at least 0.6 of its rate',
  rounds: 1,
  async round() {
    const { store, file } = await archivedStore(EVENTS);
    const engine = await startEngine('kafka');
    const broker = new URL(engine.values.URL).host;
    const admin = new Admin({ clientId: 'bench', bootstrapBrokers: [broker] });
    try {
      const runs = [];
      for (let run = 0; run <= RUNS; run++) {
        const topics = ['ours', 'raw'].map(side => `${side}-${run}`);
        await admin.createTopics({ topics, partitions: 3 });
        const name = `run${run}`;
        const ours = await forwardOnce(store, name, engine.values.URL, '--topic', topics[0]);
        const raw = await runNode([program('raw', 'kafka-produce.mjs'), broker, topics[1], file]);
        for (const topic of topics) {
          const messages = await messagesIn(admin, topic);
          if (messages !== EVENTS) throw new Error(`${messages} messages in ${topic}`);
        }
        await admin.deleteTopics({ topics });
        // The first run warms the broker up.
        if (run > 0) runs.push({ raw: raw.ms, ours });
      }
      return runs;
    } finally {
      await admin.close();
      await engine.stop();
    }
  },
  report: ([runs]) => rateReport(runs, 0.6),
};

async function messagesIn(admin, name) {
  const partitions = [0, 1, 2].map(partitionIndex => ({ partitionIndex, timestamp: -1n }));
  const [topic] = await admin.listOffsets({ topics: [{ name, partitions }] });
  return topic.partitions.reduce((sum, { offset }) => sum + Number(offset), 0);
}
