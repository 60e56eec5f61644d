/** The first four bytes of a Zstandard frame, little-endian (RFC 8878, section 3.1.1). */
const MAGIC = 0xfd2fb528;

/** Skippable frames have the sixteen magic numbers from this one on (RFC 8878, section 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a50;

/** The largest content of a block (RFC 8878, section 3.1.1.2.4). */
const MAX_BLOCK_BYTES = 128 * 1024;

/** Magic number, descriptor, window, dictionary id and content size, each at its longest. */
const MAX_HEADER_BYTES = 4 + 1 + 1 + 4 + 8;

/** The parts of a frame, in their order. */
type Part = 'header' | 'block' | 'body' | 'skippable' | 'checksum';

/**
 * Splits a Zstandard stream so that each piece ends at most one block: a decompressor fed with the pieces never
 * produces more than 128 KiB at a time. Checks everything that determines memory use: the window, the size of a block,
 * and that no dictionary is needed.
 */
export class ZstdFrames {
  readonly #maxWindowBytes: number;
  #part: Part = 'header';
  /** The bytes of the current part's header so far. */
  readonly #head = Buffer.alloc(MAX_HEADER_BYTES);
  #headLength = 0;
  /** Bytes of the current part still to skip. */
  #left = 0;
  #isLastBlock = false;
  #hasChecksum = false;

  constructor(maxWindowBytes: number) {
    this.#maxWindowBytes = maxWindowBytes;
  }

  /** True between two frames, where a stream may end. */
  get isBetweenFrames(): boolean {
    return this.#part === 'header' && this.#headLength === 0;
  }

  /** The pieces of the next chunk. @throws Error for a stream that must not be decompressed */
  *pieces(chunk: Uint8Array): Generator<Uint8Array> {
    let start = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const passed = Math.min(this.#left, chunk.length - at);
        this.#left -= passed;
        at += passed;
        if (this.#left === 0 && this.#endPart()) {
          yield chunk.subarray(start, at);
          start = at;
        }
      } else {
        this.#head[this.#headLength++] = chunk[at++]!;
        this.#readHead();
      }
    }
    if (start < chunk.length) yield chunk.subarray(start);
  }

  /** Continues after the skipped part. Returns true when that ended a block. */
  #endPart(): boolean {
    const isBlock = this.#part === 'body';
    if (isBlock && !this.#isLastBlock) this.#begin('block');
    else if (isBlock && this.#hasChecksum) this.#begin('checksum', 4);
    else this.#begin('header');
    return isBlock;
  }

  #begin(part: Part, left = 0): void {
    this.#part = part;
    this.#left = left;
    this.#headLength = 0;
  }

  #readHead(): void {
    if (this.#part === 'block') this.#readBlockHead();
    else this.#readFrameHead();
  }

  /** RFC 8878, section 3.1.1.2: last block, type, size. */
  #readBlockHead(): void {
    if (this.#headLength < 3) return;
    const bits = this.#head.readUIntLE(0, 3);
    const [type, size] = [(bits >> 1) & 3, bits >> 3];
    if (type === 3 || size > MAX_BLOCK_BYTES) throw new Error('invalid zstd block');
    this.#isLastBlock = (bits & 1) === 1;
    // A run-length block has one byte, repeated for the whole content.
    this.#begin('body', type === 1 ? 1 : size);
    if (this.#left === 0) this.#endPart();
  }

  /** RFC 8878, sections 3.1.1.1 and 3.1.2. */
  #readFrameHead(): void {
    const head = this.#head;
    if (this.#headLength < 5) return;
    const magic = head.readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      if (this.#headLength === 8) this.#skip(head.readUInt32LE(4));
      return;
    }
    if (magic !== MAGIC) throw new Error('not zstd');
    const descriptor = head[4]!;
    const isSingleSegment = ((descriptor >> 5) & 1) === 1;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
    const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    const windowBytes = isSingleSegment ? 0 : 1;
    if (this.#headLength < 5 + windowBytes + dictionaryBytes + sizeBytes) return;
    const sizeAt = 5 + windowBytes + dictionaryBytes;
    const window = isSingleSegment ? contentSize(head, sizeAt, sizeBytes) : windowOf(head[5]!);
    if (window > this.#maxWindowBytes) {
      throw new Error(`its zstd window is ${window} bytes; at most ${this.#maxWindowBytes} are taken`);
    }
    if (head.subarray(5 + windowBytes, sizeAt).some(byte => byte !== 0)) throw new Error('it needs a zstd dictionary');
    this.#hasChecksum = ((descriptor >> 2) & 1) === 1;
    this.#begin('block');
  }

  #skip(bytes: number): void {
    if (bytes === 0) this.#begin('header');
    else this.#begin('skippable', bytes);
  }
}

/** Window_Size (RFC 8878, section 3.1.1.1.2): an exponent in five bits, eighths of it in three. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Frame_Content_Size (RFC 8878, section 3.1.1.1.4): with two bytes, 256 is the minimum. */
function contentSize(head: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(head.readBigUInt64LE(at));
  return head.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}
