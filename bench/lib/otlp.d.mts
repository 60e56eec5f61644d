/** An OTLP/JSON request of log records. */
export function logsRequest(records: number, seed?: number): object;
/** The same as protobuf. */
export function logsProtobuf(request: object): Buffer;
