import type { EventSink } from '../../core/event.js';
import type { DecoderOptions } from '../decoder.js';
import { jsonStream } from './stream.js';

/** Hands on one event, written as JSON by us. @throws DecodeError when it is refused; the next one may be taken. */
export type EmitJson = (json: string) => void;

/** Creates what turns JSON text into events for a sink. */
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
