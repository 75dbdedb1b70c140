/**
 * CPU times of one container: advances its ledger record and reads it.
 * @module
 */
import { maxAge } from '../base/max-age.ts';
import type { CpuModel } from './cpu-model.ts';
import { advanceTimes, Cpu, type CpuUsage, Times } from './cpu-times.ts';
import { type LedgerEntry, Load } from './ledger.ts';
import type { LedgerRecord } from './ledger-file.ts';
import type { CpuTimesSample } from './sample.ts';

const US = 1_000_000;

/** Marks a start that was unknown when it was first read. */
const UNKNOWN = -1;

/** A start in seconds since the Epoch. */
const btimeOf = (started: number, now: number): number =>
  Math.floor((Date.now() * 1000 - now + started) / US);

/**
 * Records a container's start when it is first read. From then on `btime` is constant and `uptime` continues, also if
 * its oldest process has ended by the time the next daemon starts.
 */
function recordStart({ load }: LedgerRecord, started: number, now: number): void {
  if (load[Load.started] !== 0) return;
  load[Load.started] = started > 0 ? started : UNKNOWN;
  if (started > 0) load[Load.btime] = btimeOf(started, now);
}

export class CpuTimesReader {
  readonly #started: number | null;
  #shown: Float64Array = new Float64Array(0);
  /** The container's start; NaN: the host's is shown. */
  #btime = Number.NaN;
  #bootAt = Number.NaN;

  /** @param started start of the container, microseconds since boot; NaN: unknown; null: never shown */
  constructor(started: number | null) {
    this.#started = started;
  }

  /** Whether the record is old enough to be advanced. */
  isDue(entry: LedgerEntry, now: number): boolean {
    let at = 0;
    entry.peek(({ times }) => {
      at = times[Times.at] ?? 0;
    });
    return now - at >= maxAge.cpuTimes.us;
  }

  /**
   * Adds the usage up to `now` to the record and returns its times.
   * @param usage null: the record is not due
   */
  read(entry: LedgerEntry, usage: CpuUsage | null, cpus: CpuModel, now: number): CpuTimesSample {
    const done =
      usage !== null &&
      entry.update('cpu', (record) => {
        advanceTimes(record.times, usage, cpus.set, cpus.count, now);
        if (this.#started !== null) recordStart(record, this.#started, now);
        this.#copy(record, now);
      });
    if (!done) entry.read((record) => this.#copy(record, now));
    return this.#sample(cpus.count, now);
  }

  #copy({ times, load }: LedgerRecord, now: number): void {
    const length = Times.header + (times[Times.cpus] ?? 0) * Cpu.size;
    if (this.#shown.length !== length) this.#shown = new Float64Array(length);
    this.#shown.set(times.subarray(0, length));
    // If a new record stays locked, its start is not set yet: the host's must not be shown, and another one later.
    const started = this.#started === null ? UNKNOWN : load[Load.started] || this.#started;
    this.#bootAt = started > 0 ? started : Number.NaN;
    this.#btime = started > 0 ? load[Load.btime] || btimeOf(started, now) : Number.NaN;
  }

  #sample(count: number, now: number): CpuTimesSample {
    const shown = this.#shown;
    const part = (offset: number) => (cpu: number) =>
      shown[Times.header + cpu * Cpu.size + offset] ?? 0;
    return {
      count,
      everShown: Math.max(count, shown[Times.cpus] ?? 0),
      user: part(Cpu.user),
      nice: part(Cpu.nice),
      system: part(Cpu.system),
      idle: part(Cpu.idle),
      btime: this.#btime,
      uptime: now - (this.#bootAt || 0),
    };
  }
}
