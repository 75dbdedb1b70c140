/**
 * The switches: a memory-mapped file that the daemon's threads and the command line share.
 *
 * Layout, in this machine's byte order: a header; what is the host's; a directory with the key of each record
 * (0 = free); the records, one word each; what containers ask for as parameters. Writers take no lock: each
 * word is complete, sealed (seal.ts) and written at once, and only its container's end frees a record. A
 * change is done before the epoch moves, so that who has seen the old epoch looks again. A file of another
 * boot is begun anew, one that is none of ours is set aside by the daemon.
 * @module
 */
import { createHash } from 'node:crypto';
import { checksum, openOwnFile, openSharedFile, type StateFile } from '../base/mapped-file.ts';
import { native } from '../native/addon.ts';
import { seal, unseal } from './seal.ts';
import { decode, encode, type Setting } from './setting.ts';

const MAGIC = 0x70_76_73_77;
const VERSION = 4;
const HEADER = 64;
const SLOTS = 4096;

/** Parameters that are kept for each container. */
const PARAMETERS = 2;

/** Words of the header; `used`: no slot from there on was ever in use. */
const Word = { magic: 0, version: 1, boot: 2, check: 3, epoch: 4, used: 5 } as const;

/** Words of the host; pairs for the parameters from `raises` on. */
const Host = { setting: 0, configured: 1, raises: 2, size: 8 } as const;

/** What seals them, in place of a container's key. */
const hostKey = (index: number): bigint => -1n - BigInt(index);

/** What the host had before containers asked for more, and what it has for that. */
export interface Raise {
  readonly from: number;
  readonly to: number;
}

/**
 * `daemon`: of who may set aside what is found there; `shared`: of all others who write; `private` a copy, of
 * a file that is there.
 */
export type SwitchesMode = 'daemon' | 'shared' | 'private';

const BYTES = HEADER + 8 * (Host.size + (2 + PARAMETERS) * SLOTS);

/** Why it cannot be used, null if it can: also if it is new, or of another boot. */
function faultOf(buffer: ArrayBuffer): string | null {
  const [magic = 0, version = 0, boot = 0, check = 0] = new Int32Array(buffer, 0, HEADER / 4);
  if (magic === 0 && version === 0 && boot === 0) return null;
  if (magic !== MAGIC) return 'it is no file of switches';
  if (version !== VERSION) return `it is of version ${version}, and this procview knows ${VERSION}`;
  return boot === 0 || check === checksum(boot, VERSION) ? null : 'its header is damaged';
}

export class Switches {
  readonly #words: Int32Array;
  readonly #host: BigInt64Array;
  readonly #keys: BigInt64Array;
  readonly #records: BigInt64Array;
  readonly #parameters: BigInt64Array;
  readonly #configured: Setting;
  /** What the host's switch was found to say, and when. */
  #found: { readonly epoch: number; readonly host: Setting } | null = null;
  /** What was wrong with the file, for the log: what it was about is as if nobody had set it. */
  readonly findings: readonly string[];

  /**
   * Maps the file. Throws what `native.mapFile` throws, and if the file cannot be used.
   * @param bootId /proc/sys/kernel/random/boot_id
   * @param configured of the host, until somebody sets it
   */
  constructor(path: string, bootId: string, configured: Setting, mode: SwitchesMode = 'shared') {
    const { buffer, finding } = map(path, mode);
    this.#words = new Int32Array(buffer, 0, HEADER / 4);
    let at = HEADER;
    const part = (length: number): BigInt64Array => {
      at += 8 * length;
      return new BigInt64Array(buffer, at - 8 * length, length);
    };
    this.#host = part(Host.size);
    this.#keys = part(SLOTS);
    this.#records = part(SLOTS);
    this.#parameters = part(PARAMETERS * SLOTS);
    this.#configured = configured;
    this.#startUnless(bootNumber(bootId));
    const damaged = mode === 'daemon' ? this.#repair() : 0;
    const dropped = `${path}: ${damaged} settings are damaged and count as not set`;
    this.findings = [...(finding === null ? [] : [finding]), ...(damaged > 0 ? [dropped] : [])];
  }

  #startUnless(boot: number): void {
    const found = Atomics.load(this.#words, Word.boot);
    if (found === boot && this.#words[Word.magic] === MAGIC) return;
    // A file that was just made is all zeros: two who open it at once must not undo what the other sets.
    if (found !== 0)
      for (const part of [this.#host, this.#keys, this.#records, this.#parameters]) part.fill(0n);
    Atomics.store(this.#words, Word.boot, 0);
    Atomics.store(this.#words, Word.magic, MAGIC);
    Atomics.store(this.#words, Word.version, VERSION);
    Atomics.store(this.#words, Word.check, checksum(boot, VERSION));
    Atomics.store(this.#words, Word.boot, boot);
  }

  /** Drops what is damaged; returns how much that was. */
  #repair(): number {
    let damaged = 0;
    const check = (words: BigInt64Array, index: number, key: bigint): void => {
      const word = Atomics.load(words, index);
      if (word === 0n || unseal(key, word) !== 0) return;
      Atomics.compareExchange(words, index, word, 0n);
      damaged++;
    };
    for (let i = 0; i < Host.size; i++) check(this.#host, i, hostKey(i));
    for (const [slot, key] of this.#keys.entries()) {
      check(this.#records, slot, key);
      for (let i = 0; i < PARAMETERS; i++) check(this.#parameters, i * SLOTS + slot, key);
      if (key !== 0n) this.#use(slot + 1);
    }
    return damaged;
  }

  /** Differs from every number that it was before the last change. */
  get epoch(): number {
    return Atomics.load(this.#words, Word.epoch);
  }

  #changed(): void {
    Atomics.add(this.#words, Word.epoch, 1);
  }

  #hostWord(index: number): number {
    return unseal(hostKey(index), Atomics.load(this.#host, index));
  }

  /** Returns what it was before. */
  #setHostWord(index: number, word: number): number {
    const before = Atomics.exchange(this.#host, index, seal(hostKey(index), word));
    return unseal(hostKey(index), before);
  }

  /** kernel.stats_isolated, and the files that it isolates. */
  get host(): Setting {
    // The epoch changes after the word, so what is read after it is not older.
    const { epoch } = this;
    if (this.#found?.epoch !== epoch) {
      const word = this.#hostWord(Host.setting);
      this.#found = { epoch, host: word === 0 ? this.#configured : decode(word) };
    }
    return this.#found.host;
  }

  set host(setting: Setting) {
    const word = encode(setting);
    if (this.#setHostWord(Host.setting, word) !== word) this.#changed();
  }

  /**
   * Puts the configuration into force where it is a new one; else what was set meanwhile stays, also
   * over a restart.
   */
  configure(): void {
    const wanted = encode(this.#configured);
    const before = this.#setHostWord(Host.configured, wanted);
    const untouched = this.#hostWord(Host.setting) === 0;
    if (untouched || (before !== 0 && before !== wanted)) this.host = this.#configured;
  }

  /** Slots that may be in use. */
  #used(): BigInt64Array {
    const used = Atomics.load(this.#words, Word.used);
    return this.#keys.subarray(0, Math.min(Math.max(used, 0), SLOTS));
  }

  /** Whether no container has ever had a setting of its own. */
  get untouched(): boolean {
    return Atomics.load(this.#words, Word.used) === 0;
  }

  /** A container's own setting, null if it has none. Key: `switchKey` in lineage.ts. */
  get(key: bigint): Setting | null {
    const slot = this.#used().indexOf(key);
    const word = slot < 0 ? 0 : unseal(key, Atomics.load(this.#records, slot));
    return word === 0 ? null : decode(word);
  }

  /** How the host's parameter `index` was raised the last time; zeros: it was not. */
  raise(index: number): Raise {
    const at = Host.raises + 2 * index;
    return { from: this.#hostWord(at), to: this.#hostWord(at + 1) };
  }

  noteRaise(index: number, { from, to }: Raise): void {
    const at = Host.raises + 2 * index;
    this.#setHostWord(at, from);
    this.#setHostWord(at + 1, to);
  }

  /** What a container has asked for as parameter `index`, null if it has not. See parameters/global.ts. */
  parameter(key: bigint, index: number): number | null {
    const slot = this.#used().indexOf(key);
    const word = slot < 0 ? 0n : Atomics.load(this.#parameters, index * SLOTS + slot);
    const value = unseal(key, word);
    return value === 0 ? null : value - 1;
  }

  /** Keeps what a container asks for. False if the file is full. */
  setParameter(key: bigint, index: number, value: number): boolean {
    const slot = this.#slotOf(key);
    if (slot < 0) return false;
    Atomics.store(this.#parameters, index * SLOTS + slot, seal(key, value + 1));
    return true;
  }

  /** Sets a container's own. False if the file is full: 4096 containers have settings of their own. */
  set(key: bigint, setting: Setting): boolean {
    const slot = this.#slotOf(key);
    if (slot < 0) return false;
    const word = seal(key, encode(setting));
    if (Atomics.exchange(this.#records, slot, word) !== word) this.#changed();
    return true;
  }

  #slotOf(key: bigint): number {
    const known = this.#used().indexOf(key);
    return known < 0 ? this.#claim(key) : known;
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
      Atomics.store(this.#records, slot, 0n);
      for (let i = 0; i < PARAMETERS; i++) Atomics.store(this.#parameters, i * SLOTS + slot, 0n);
      Atomics.store(this.#keys, slot, 0n);
    }
    this.#changed();
  }
}

function map(path: string, mode: SwitchesMode): StateFile {
  if (mode === 'daemon') return openOwnFile(path, BYTES, 'shared', faultOf);
  if (mode === 'shared') return { buffer: openSharedFile(path, BYTES, faultOf), finding: null };
  const buffer = native.mapFile(path, BYTES, mode);
  if (faultOf(buffer) !== null) new Uint8Array(buffer).fill(0);
  return { buffer, finding: null };
}

/** Tells this boot from all others; never 0, which is a file's that was just made. */
function bootNumber(bootId: string): number {
  return createHash('sha256').update(bootId).digest().readInt32BE(0) | 1;
}
