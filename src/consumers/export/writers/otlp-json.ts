import { OtlpRequests } from '../../../formats/otlp/encode/requests.js';
import { eventOfRow, OTLP_COLUMNS } from '../otlp-rows.js';
import { sourceSql, whereSql } from '../rows.js';
import { GrowingFile, type TextOutput } from './text-file.js';
import type { ExportWriter, WriterParts } from './writer.js';

/** The rows of a part are sorted in memory. */
const IDS_PER_PART = 20_000;

/** OTLP/JSON, a request a line. */
export function otlpJson({ session, predicate, state, data }: WriterParts, output?: TextOutput): ExportWriter {
  const file = output ? undefined : new GrowingFile(data, state.bytes ?? 0);
  const sql = `select ${OTLP_COLUMNS} from ${sourceSql(predicate)}${whereSql(predicate)} order by id`;
  const write = async (text: string): Promise<void> => {
    if (text !== '') await (output ?? (bytes => file!.append(bytes)))(Buffer.from(text));
  };
  return {
    idsPerPart: IDS_PER_PART,
    async resume() {
      await file?.open();
      return state;
    },
    async write() {
      const requests = new OtlpRequests();
      let events = 0;
      const { batches } = await session.query(sql);
      for await (const rows of batches) {
        for (const row of rows) requests.add(eventOfRow(row));
        events += rows.length;
        await write(requests.take(false));
      }
      await write(requests.take(true));
      return { events, ...(file && { bytes: await file.sync() }) };
    },
    finish: () => Promise.resolve(),
    close: async () => file?.close(),
  };
}
