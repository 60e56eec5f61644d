/*
 * The protocol of the query socket: frames of one byte for the kind, four bytes for the length (big-endian) and the
 * payload. The client sends one request, and perhaps signals; the query process answers with output and one ending.
 */

/** The kinds of frames, each with its direction. */
export const FRAME = {
  /** To the process: a {@link QueryRequest} as JSON. */
  request: 1,
  /** To the process: an interrupt, such as Ctrl-C; empty. */
  interrupt: 2,
  /** To the client: bytes for stdout. */
  out: 3,
  /** To the client: bytes for stderr. */
  err: 4,
  /** To the client: the exit code, one byte. The last frame. */
  exit: 5,
  /** To the client: the reason, as text, for which it has to do the work itself. The last frame; no output precedes it. */
  decline: 6,
  /** To the client: a tail has printed what there is, and waits for new events; empty. */
  caughtUp: 7,
} as const;

export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

/** One end of a command as its client has it. */
export interface TerminalEnd {
  readonly isTTY: boolean;
  /** The width in columns; 0 when unknown. */
  readonly columns: number;
}

/** A command line that a query process runs for its client. */
export interface QueryRequest {
  /** The version of the client: a process of another version declines. */
  readonly version: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The variables of {@link requestEnvironment}. */
  readonly env: Readonly<Record<string, string>>;
  readonly uid: number | undefined;
  readonly stdout: TerminalEnd;
  readonly stderr: TerminalEnd;
}

const HEADER_BYTES = 5;

/** The longest frame that is accepted, in bytes: a command line of the operating system is shorter. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** Encodes one frame. */
export function frame(kind: FrameKind, payload: Uint8Array | string = ''): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const encoded = Buffer.allocUnsafe(HEADER_BYTES + bytes.length);
  encoded[0] = kind;
  encoded.writeUInt32BE(bytes.length, 1);
  encoded.set(bytes, HEADER_BYTES);
  return encoded;
}

/**
 * Splits a stream of bytes into frames.
 * @param take receives the kind, and the payload, which is valid during the call only.
 * @returns a function for each chunk. @throws Error when a frame is longer than {@link MAX_FRAME_BYTES}.
 */
export function frameReader(take: (kind: number, payload: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer | undefined;
  return chunk => {
    let bytes = held === undefined ? chunk : Buffer.concat([held, chunk]);
    while (bytes.length >= HEADER_BYTES) {
      const length = bytes.readUInt32BE(1);
      if (length > MAX_FRAME_BYTES) throw new Error(`a frame of ${length} bytes is too long`);
      const end = HEADER_BYTES + length;
      if (bytes.length < end) break;
      const kind = bytes[0]!;
      const payload = bytes.subarray(HEADER_BYTES, end);
      bytes = bytes.subarray(end);
      take(kind, payload);
    }
    held = bytes.length > 0 ? bytes : undefined;
  };
}

/** Variables that the commands of the query process read. No token is among them. */
const PASSED_ON = /^(?:TELEMETRY_(?!TOKEN$)\w+|XDG_\w+|NO_COLOR|FORCE_COLOR|TERM|HOME|USERPROFILE|TZ)$/;

/** The part of the environment that a request carries. */
export function requestEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name in env) if (PASSED_ON.test(name)) passed[name] = env[name]!;
  return passed;
}
