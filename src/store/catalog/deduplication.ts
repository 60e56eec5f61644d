import { DEDUPLICATION_WINDOW } from '../../core/limits.js';

/** Slots are kept at most half full, so that a look-up ends after a step or two. */
const SLOTS_PER_ID = 2;

/** A hash of 64 bits, in two lanes. With a million ids in the window, a new one is mistaken for a known one once in 10^13. */
export interface IdHash {
  readonly high: number;
  readonly low: number;
}

/**
 * The event ids seen: those in the journal, and at least the last million. Ids are remembered by hash, in generations
 * of a million: the oldest is forgotten once the journal no longer holds its events. 16 MiB a generation.
 */
export interface DeduplicationWindow {
  has(hash: IdHash): boolean;
  /** @param eventId the journal's id of the event that carries it. */
  add(hash: IdHash, eventId: number): void;
  /** Forgets the generations that are past the window and whose events all have ids below `oldestId`. */
  forget(oldestId: number): void;
}

interface Generation {
  readonly slots: Uint32Array;
  size: number;
  newestId: number;
}

/** Creates an empty window. */
export function deduplicationWindow(idsPerGeneration = DEDUPLICATION_WINDOW): DeduplicationWindow {
  const slotCount = 2 ** Math.ceil(Math.log2(idsPerGeneration * SLOTS_PER_ID));
  const mask = slotCount - 1;
  const generations: Generation[] = [];

  /** The slot that holds the hash, or the free one where it belongs (as -1 - slot). */
  function find(slots: Uint32Array, { high, low }: IdHash): number {
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const h = slots[2 * slot]!;
      const l = slots[2 * slot + 1]!;
      if (h === high && l === low) return slot;
      if (h === 0 && l === 0) return -1 - slot;
    }
  }

  return {
    has: hash => generations.some(generation => find(generation.slots, hash) >= 0),
    add(hash, eventId) {
      let current = generations.at(-1);
      if (!current || current.size >= idsPerGeneration) {
        current = { slots: new Uint32Array(2 * slotCount), size: 0, newestId: 0 };
        generations.push(current);
      }
      const slot = find(current.slots, hash);
      if (slot >= 0) return;
      current.slots[2 * (-1 - slot)] = hash.high;
      current.slots[2 * (-1 - slot) + 1] = hash.low;
      current.size++;
      current.newestId = Math.max(current.newestId, eventId);
    },
    forget(oldestId) {
      // Two generations hold at least the last million ids, whatever the fill of the newer.
      while (generations.length > 2 && generations[0]!.newestId < oldestId) generations.shift();
    },
  };
}

/** Hashes an event id: its UTF-8 bytes. Two lanes of MurmurHash3's 32-bit variant for x86, over single bytes. */
export function hashId(bytes: Uint8Array, start: number, end: number): IdHash {
  let a = 0x9747b28c;
  let b = 0x1b873593;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    a = Math.imul(a ^ Math.imul(byte + 1, 0xcc9e2d51), 0x85ebca6b);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b ^ Math.imul(byte + 1, 0xc2b2ae35), 0x27d4eb2f);
    b = (b << 15) | (b >>> 17);
  }
  const low = finalize(b ^ (end - start)) >>> 0;
  const high = finalize(a ^ low) >>> 0;
  // Two zeroes mean a free slot.
  return high === 0 && low === 0 ? { high: 1, low: 0 } : { high, low };
}

function finalize(lane: number): number {
  let h = lane;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
