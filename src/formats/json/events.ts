import type { EventSink } from '../../core/event.js';
import type { DecoderOptions } from '../decoder.js';
import { jsonStream } from './stream.js';

/** Emits one event as JSON text. @throws DecodeError when it is refused; further events may follow. */
export type EmitJson = (json: string) => void;

/** Creates a function that emits JSON text as events to a sink. */
export function jsonEvents(sink: EventSink, options: DecoderOptions): EmitJson {
  let events = jsonStream(sink, options);
  return json => {
    try {
      void events.write(Buffer.from(`${json}\n`));
    } catch (error) {
      events = jsonStream(sink, options);
      throw error;
    }
  };
}
