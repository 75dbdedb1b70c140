/**
 * CPU times of one container: advances its ledger record and shows what is in it.
 * @module
 */
import type { CpuModel } from './cpu-model.ts';
import { advanceTimes, Cpu, type CpuUsage, Times } from './cpu-times.ts';
import type { LedgerEntry, LedgerRecord } from './ledger.ts';
import { Load } from './ledger.ts';
import type { CpuTimesSample } from './sample.ts';

const US = 1_000_000;

/** Start of a container in seconds since the Epoch, kept in its record so that it stays constant. */
function btime({ load }: LedgerRecord, started: number, now: number): number {
  if (load[Load.btime] === 0 && !Number.isNaN(started)) {
    load[Load.btime] = Math.floor((Date.now() * 1000 - now + started) / US);
  }
  return load[Load.btime] || Number.NaN;
}

export class CpuTimesReader {
  readonly #started: number;
  /** What this thread showed last, shown again if another holds the record for too long. */
  #shown: Float64Array = new Float64Array(0);
  #btime = Number.NaN;

  /** @param started start of the container, microseconds since boot; NaN: unknown or not to be told */
  constructor(started: number) {
    this.#started = started;
  }

  /** Books the usage up to `now` and returns the times so far. */
  read(entry: LedgerEntry, usage: CpuUsage, cpus: CpuModel, now: number): CpuTimesSample {
    entry.update((record) => {
      advanceTimes(record.times, usage, cpus.set, cpus.count, now);
      const length = Times.header + (record.times[Times.cpus] ?? 0) * Cpu.size;
      if (this.#shown.length !== length) this.#shown = new Float64Array(length);
      this.#shown.set(record.times.subarray(0, length));
      this.#btime = btime(record, this.#started, now);
    });
    return this.#sample(cpus.count);
  }

  #sample(count: number): CpuTimesSample {
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
    };
  }
}
