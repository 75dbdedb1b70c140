/**
 * The switches of the host and of its containers, and the parameters that containers requested.
 *
 * Writers take no lock: each word is complete, has its own checksum (checked-word.ts) and is written at once, and only the
 * end of a container frees its record. The epoch is incremented after each change, so that a reader that has seen the old
 * epoch reads again. A file of another boot is cleared.
 * @module
 */
import { bootNumber } from '../base/boot-id.ts';
import { checksum } from '../base/mapped-file.ts';
import { decodeWord, encodeWord } from './checked-word.ts';
import { packSetting, type Setting, unpackSetting } from './setting.ts';
import {
  HeaderWord,
  HostWord,
  openSwitchesFile,
  PARAMETERS,
  RECORD_SLOTS,
  SWITCHES_MAGIC,
  SWITCHES_VERSION,
  type SwitchesFile,
  type SwitchesMode,
} from './store-file.ts';

/** Takes the place of a container's key in the checksums of the host's words. */
const hostKey = (index: number): bigint => -1n - BigInt(index);

/** A change of a parameter of the host, made because a container requested more. */
export interface Raise {
  readonly from: number;
  readonly to: number;
}

export class Switches {
  readonly #file: SwitchesFile;
  readonly #configured: Setting;
  /** The host's setting as read last. */
  #cachedHost: { readonly epoch: number; readonly setting: Setting } | null = null;
  /** For the log: damage that was found in the file. Damaged settings count as not set. */
  readonly findings: readonly string[];

  /**
   * Opens the file. Throws as openSwitchesFile does.
   * @param bootId /proc/sys/kernel/random/boot_id
   * @param configured the host's setting until it is set
   */
  constructor(path: string, bootId: string, configured: Setting, mode: SwitchesMode = 'shared') {
    this.#file = openSwitchesFile(path, mode);
    this.#configured = configured;
    // 0 is the boot of a file that was just created.
    this.#clearUnless(bootNumber(bootId) | 1);
    const damaged = mode === 'daemon' ? this.#repair() : 0;
    const dropped = `${path}: ${damaged} settings are damaged and count as not set`;
    const { finding } = this.#file;
    this.findings = [...(finding === null ? [] : [finding]), ...(damaged > 0 ? [dropped] : [])];
  }

  #clearUnless(boot: number): void {
    const { header, host, keys, records, parameters } = this.#file;
    const found = Atomics.load(header, HeaderWord.boot);
    if (found === boot && header[HeaderWord.magic] === SWITCHES_MAGIC) return;
    // A file that was just created is all zeros. Clearing it could undo a change of a process that opened it as well.
    if (found !== 0) for (const part of [host, keys, records, parameters]) part.fill(0n);
    Atomics.store(header, HeaderWord.boot, 0);
    Atomics.store(header, HeaderWord.magic, SWITCHES_MAGIC);
    Atomics.store(header, HeaderWord.version, SWITCHES_VERSION);
    Atomics.store(header, HeaderWord.check, checksum(boot, SWITCHES_VERSION));
    Atomics.store(header, HeaderWord.boot, boot);
  }

  /** Clears damaged words. Returns their number. */
  #repair(): number {
    const { host, keys, records, parameters } = this.#file;
    let damaged = 0;
    const check = (words: BigInt64Array, index: number, key: bigint): void => {
      const word = Atomics.load(words, index);
      if (word === 0n || decodeWord(key, word) !== 0) return;
      Atomics.compareExchange(words, index, word, 0n);
      damaged++;
    };
    for (let i = 0; i < HostWord.size; i++) check(host, i, hostKey(i));
    for (const [slot, key] of keys.entries()) {
      check(records, slot, key);
      for (let i = 0; i < PARAMETERS; i++) check(parameters, i * RECORD_SLOTS + slot, key);
      if (key !== 0n) this.#raiseUsed(slot + 1);
    }
    return damaged;
  }

  /** A number that is another one after each change. */
  get epoch(): number {
    return Atomics.load(this.#file.header, HeaderWord.epoch);
  }

  #changed(): void {
    Atomics.add(this.#file.header, HeaderWord.epoch, 1);
  }

  #hostWord(index: number): number {
    return decodeWord(hostKey(index), Atomics.load(this.#file.host, index));
  }

  /** Returns the number before. */
  #setHostWord(index: number, value: number): number {
    const key = hostKey(index);
    return decodeWord(key, Atomics.exchange(this.#file.host, index, encodeWord(key, value)));
  }

  /** kernel.stats_isolated, and the features that it isolates. */
  get host(): Setting {
    // A change increments the epoch after it has written the word: a word that is read after the epoch is not older.
    const { epoch } = this;
    if (this.#cachedHost?.epoch !== epoch) {
      const word = this.#hostWord(HostWord.setting);
      this.#cachedHost = { epoch, setting: word === 0 ? this.#configured : unpackSetting(word) };
    }
    return this.#cachedHost.setting;
  }

  set host(setting: Setting) {
    const word = packSetting(setting);
    if (this.#setHostWord(HostWord.setting, word) !== word) this.#changed();
  }

  /** Applies the configuration if it is another one than at the last start; else the current setting stays. */
  configure(): void {
    const wanted = packSetting(this.#configured);
    const before = this.#setHostWord(HostWord.configured, wanted);
    const neverSet = this.#hostWord(HostWord.setting) === 0;
    if (neverSet || (before !== 0 && before !== wanted)) this.host = this.#configured;
  }

  /** Keys of the slots that may be in use. */
  #usedKeys(): BigInt64Array {
    const used = Atomics.load(this.#file.header, HeaderWord.used);
    return this.#file.keys.subarray(0, Math.min(Math.max(used, 0), RECORD_SLOTS));
  }

  /** Whether no container ever had a record. */
  get neverSet(): boolean {
    return Atomics.load(this.#file.header, HeaderWord.used) === 0;
  }

  /** A container's own setting, null if it has none. Key: `switchKey` in lineage.ts. */
  get(key: bigint): Setting | null {
    const slot = this.#usedKeys().indexOf(key);
    const word = slot < 0 ? 0 : decodeWord(key, Atomics.load(this.#file.records, slot));
    return word === 0 ? null : unpackSetting(word);
  }

  /** The last raise of the host's parameter `index`; zeros if it was never raised. */
  lastRaise(index: number): Raise {
    const at = HostWord.raises + 2 * index;
    return { from: this.#hostWord(at), to: this.#hostWord(at + 1) };
  }

  setLastRaise(index: number, { from, to }: Raise): void {
    const at = HostWord.raises + 2 * index;
    this.#setHostWord(at, from);
    this.#setHostWord(at + 1, to);
  }

  /** The value that a container requested for parameter `index`, null if it requested none. See parameters/global.ts. */
  parameter(key: bigint, index: number): number | null {
    const slot = this.#usedKeys().indexOf(key);
    const word = slot < 0 ? 0n : Atomics.load(this.#file.parameters, index * RECORD_SLOTS + slot);
    const value = decodeWord(key, word);
    return value === 0 ? null : value - 1;
  }

  /** Stores the value that a container requests. False if the file is full. */
  setParameter(key: bigint, index: number, value: number): boolean {
    const slot = this.#slotOf(key);
    if (slot < 0) return false;
    Atomics.store(this.#file.parameters, index * RECORD_SLOTS + slot, encodeWord(key, value + 1));
    return true;
  }

  /** Sets a container's own setting. False if the file is full: 4096 containers have records. */
  set(key: bigint, setting: Setting): boolean {
    const slot = this.#slotOf(key);
    if (slot < 0) return false;
    const word = encodeWord(key, packSetting(setting));
    if (Atomics.exchange(this.#file.records, slot, word) !== word) this.#changed();
    return true;
  }

  #slotOf(key: bigint): number {
    const known = this.#usedKeys().indexOf(key);
    return known < 0 ? this.#claimSlot(key) : known;
  }

  /** The number of the claimed slot; -1 if none is free. */
  #claimSlot(key: bigint): number {
    for (let slot = 0; slot < RECORD_SLOTS; slot++) {
      if (Atomics.compareExchange(this.#file.keys, slot, 0n, key) !== 0n) continue;
      this.#raiseUsed(slot + 1);
      return slot;
    }
    return -1;
  }

  #raiseUsed(count: number): void {
    const { header } = this.#file;
    let used = Atomics.load(header, HeaderWord.used);
    while (used < count) {
      const found = Atomics.compareExchange(header, HeaderWord.used, used, count);
      if (found === used) return;
      used = found;
    }
  }

  /** Keys of the containers that have records. */
  keys(): bigint[] {
    return [...this.#usedKeys()].filter((key) => key !== 0n);
  }

  /** Frees the records of a container that is gone: two, if two processes claimed a slot at once. */
  forget(key: bigint): void {
    const { keys, records, parameters } = this.#file;
    for (const [slot, each] of this.#usedKeys().entries()) {
      if (each !== key) continue;
      Atomics.store(records, slot, 0n);
      for (let i = 0; i < PARAMETERS; i++) Atomics.store(parameters, i * RECORD_SLOTS + slot, 0n);
      Atomics.store(keys, slot, 0n);
    }
    this.#changed();
  }
}
