/**
 * The switches: a memory-mapped file that the daemon's threads and the command line share.
 *
 * Layout, in this machine's byte order: a header; a directory with the key of each record (0 = free);
 * the records, one word each. Writers take no lock: each word is complete, and only its container's
 * end frees a record. A change is done before the epoch moves, so that who has seen the old epoch looks
 * again. A file of another version or boot, or one that is none of ours, is started anew.
 * @module
 */
import { createHash } from 'node:crypto';
import { native } from '../native.ts';
import { ALL_FEATURES, type FeatureSet } from './features.ts';

const VERSION = 1;
const HEADER = 64;
const SLOTS = 4096;

/** Words of the header; `used`: no slot from there on was ever in use. */
const Word = { identity: 0, epoch: 1, host: 2, configured: 3, used: 4 } as const;

/** Layout of a setting: features that are *not* isolated, the switch, and that it is one. */
const OFF_FEATURES = 2 ** 24 - 1;
const ON = 1 << 24;
const SET = 1 << 30;

/** What the switch of a host or of a container is set to. */
export interface Setting {
  readonly on: boolean;
  /** What is isolated while it is on. */
  readonly files: FeatureSet;
}

/** Of a container that nobody has set. */
export const UNTOUCHED: Setting = { on: true, files: ALL_FEATURES };

/** Features of a later version are isolated unless said otherwise: so those that are not are kept. */
const encode = ({ on, files }: Setting): number =>
  SET | (on ? ON : 0) | (ALL_FEATURES & ~files & OFF_FEATURES);

const decode = (word: number): Setting => ({
  on: (word & ON) !== 0,
  files: ALL_FEATURES & ~word,
});

/** `shared` is what the daemon and who writes use; `private` a copy, of a file that is there. */
export type SwitchesMode = 'shared' | 'private';

export class Switches {
  readonly #words: Int32Array;
  readonly #keys: BigInt64Array;
  readonly #records: Int32Array;
  readonly #configured: Setting;

  /**
   * Maps the file. Throws what `native.mapFile` throws.
   * @param bootId /proc/sys/kernel/random/boot_id
   * @param configured of the host, until somebody sets it
   */
  constructor(path: string, bootId: string, configured: Setting, mode: SwitchesMode = 'shared') {
    const buffer = native.mapFile(path, HEADER + SLOTS * 12, mode);
    this.#words = new Int32Array(buffer, 0, HEADER / 4);
    this.#keys = new BigInt64Array(buffer, HEADER, SLOTS);
    this.#records = new Int32Array(buffer, HEADER + SLOTS * 8, SLOTS);
    this.#configured = configured;
    this.#startUnless(identityOf(bootId));
  }

  #startUnless(identity: number): void {
    const found = Atomics.load(this.#words, Word.identity);
    if (found === identity) return;
    // A file that was just made is all zeros: two who open it at once must not undo what the other sets.
    if (found !== 0) for (const part of [this.#words, this.#keys, this.#records]) clear(part);
    Atomics.store(this.#words, Word.identity, identity);
  }

  /** Differs from every number that it was before the last change. */
  get epoch(): number {
    return Atomics.load(this.#words, Word.epoch);
  }

  #changed(): void {
    Atomics.add(this.#words, Word.epoch, 1);
  }

  /** kernel.stats_isolated, and the files that it isolates. */
  get host(): Setting {
    const word = Atomics.load(this.#words, Word.host);
    return word === 0 ? this.#configured : decode(word);
  }

  set host(setting: Setting) {
    const word = encode(setting);
    if (Atomics.exchange(this.#words, Word.host, word) !== word) this.#changed();
  }

  /**
   * Puts the configuration into force where it is a new one; else what was set meanwhile stays, also
   * over a restart.
   */
  configure(): void {
    const wanted = encode(this.#configured);
    const before = Atomics.exchange(this.#words, Word.configured, wanted);
    const untouched = Atomics.load(this.#words, Word.host) === 0;
    if (untouched || (before !== 0 && before !== wanted)) this.host = this.#configured;
  }

  /** Slots that may be in use. */
  #used(): BigInt64Array {
    const used = Atomics.load(this.#words, Word.used);
    return this.#keys.subarray(0, Math.min(Math.max(used, 0), SLOTS));
  }

  /** A container's own setting, null if it has none. Key: `switchKey` in lineage.ts. */
  get(key: bigint): Setting | null {
    const slot = this.#used().indexOf(key);
    const word = slot < 0 ? 0 : Atomics.load(this.#records, slot);
    return word === 0 ? null : decode(word);
  }

  /** Sets a container's own. False if the file is full: 4096 containers have settings of their own. */
  set(key: bigint, setting: Setting): boolean {
    const known = this.#used().indexOf(key);
    const slot = known < 0 ? this.#claim(key) : known;
    if (slot < 0) return false;
    const word = encode(setting);
    if (Atomics.exchange(this.#records, slot, word) !== word) this.#changed();
    return true;
  }

  #claim(key: bigint): number {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (Atomics.compareExchange(this.#keys, slot, 0n, key) !== 0n) continue;
      this.#use(slot + 1);
      return slot;
    }
    return -1;
  }

  #use(count: number): void {
    let used = Atomics.load(this.#words, Word.used);
    while (used < count) {
      const found = Atomics.compareExchange(this.#words, Word.used, used, count);
      if (found === used) return;
      used = found;
    }
  }

  /** Keys of the containers that have settings of their own. */
  keys(): bigint[] {
    return [...this.#used()].filter((key) => key !== 0n);
  }

  /** Frees the records of a container that is gone; two writers at once may have made two. */
  forget(key: bigint): void {
    for (const [slot, each] of this.#used().entries()) {
      if (each !== key) continue;
      Atomics.store(this.#records, slot, 0);
      Atomics.store(this.#keys, slot, 0n);
    }
    this.#changed();
  }
}

function clear({ buffer, byteOffset, byteLength }: Int32Array | BigInt64Array): void {
  new Uint8Array(buffer, byteOffset, byteLength).fill(0);
}

/** Tells files of this version and boot from all others; never 0, which is a file's that was just made. */
function identityOf(bootId: string): number {
  const text = `procview switches ${VERSION} ${bootId}`;
  return createHash('sha256').update(text).digest().readInt32BE(0) | 1;
}
