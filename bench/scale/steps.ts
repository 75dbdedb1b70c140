/** The steps of the benchmark with many containers. Each prints its result. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Footprint, footprintOf, type Share, shareOf, usageOf } from '../harness/usage.ts';
import type { ContainerPool, Latency, Member } from './containers.ts';
import type { Noise, NoiseResult, ScaleOptions, ScaleResults } from './results.ts';

/** Time until the daemon is idle after changes, ms: it examines new containers a few times more. */
const SETTLING = 12_000;

/** Time of two rescans, which are a minute apart (src/discovery/rescan.ts), ms. */
const TWO_SCANS = 125_000;

const PROBE = 0;
const READERS = 1;
const HAMMER = 2;
const HAMMERS = 8;

export interface Served {
  /** Pid of the daemon. */
  readonly pid: number;
  /** Served files, by their paths in a container. */
  readonly files: readonly string[];
  /** Number of mounts in an attached container. */
  readonly covers: number;
}

export function describe({ reads, errors, p50, p99, max }: Latency): string {
  const failed = errors > 0 ? `, ${errors} FAILED` : '';
  return `${reads} reads, p50 ${p50.toFixed(0)} us, p99 ${p99.toFixed(0)} us, max ${max.toFixed(0)} us${failed}`;
}

function print(what: string, result: string): void {
  process.stdout.write(`${what.padEnd(44)} ${result}\n`);
}

export class ScaleSteps {
  readonly footprints: ({ readonly when: string } & Footprint)[] = [];
  readonly idle: ({ readonly when: string } & Share)[] = [];
  readonly #served: Served;
  readonly #pool: ContainerPool;
  readonly #options: ScaleOptions;
  readonly #signal: AbortSignal;
  readonly #members: Member[] = [];

  constructor(served: Served, pool: ContainerPool, options: ScaleOptions, signal: AbortSignal) {
    this.#served = served;
    this.#pool = pool;
    this.#options = options;
    this.#signal = signal;
  }

  #sleep(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#signal });
  }

  /** Waits until the daemon is idle after its start. */
  settle(): Promise<void> {
    return this.#sleep(5000);
  }

  /** Waits for the two scans of all tasks that many new tasks cause. */
  settleScans(): Promise<void> {
    return this.#sleep(TWO_SCANS);
  }

  /** Records memory and descriptors of the daemon. */
  recordFootprint(when: string): void {
    const footprints = footprintOf(this.#served.pid);
    this.footprints.push({ when, ...footprints });
    const own = `${footprints.own.toFixed(1)} of it its own`;
    print(
      when,
      `RSS ${footprints.rss.toFixed(1)} MB, ${own}, ${footprints.descriptors} descriptors`,
    );
  }

  #isAttached({ init }: Member): boolean {
    const mounts = readFileSync(`/proc/${init}/mountinfo`, 'latin1');
    // Some targets may be skipped, such as the files of a directory that is covered.
    return mounts.split(' - fuse.procview ').length > this.#served.covers / 2;
  }

  /** Starts all containers, and waits until all are attached. */
  async fill(): Promise<ScaleResults['start']> {
    const { containers, processes } = this.#options;
    const before = usageOf(this.#served.pid);
    const shape = { processes, threads: 1, busy: 0 };
    while (this.#members.length < containers) this.#members.push(await this.#pool.start(shape));
    const started = performance.now();
    for (const member of this.#members) while (!this.#isAttached(member)) await this.#sleep(5);
    const attachedAfter = performance.now() - started;
    await this.#sleep(SETTLING);
    const starting = started - before.at / 1000;
    const cpuEach = (usageOf(this.#served.pid).cpu - before.cpu) / 1e3 / containers;
    print(
      'start of all containers',
      `${(starting / 1000).toFixed(1)} s, the last is attached ${attachedAfter.toFixed(0)} ms later, ${cpuEach.toFixed(1)} ms CPU each`,
    );
    return { starting, attachedAfter, cpuEach };
  }

  /** Measures CPU time and wake-ups while nothing reads. */
  async measureIdle(when: string): Promise<void> {
    const before = usageOf(this.#served.pid);
    await this.#sleep(this.#options.idle * 1000);
    const share = shareOf(before, usageOf(this.#served.pid));
    this.idle.push({ when, ...share });
    const wakes = `${share.wakes.toFixed(1)} wake-ups a second`;
    print(`idle, ${when}`, `${share.cpu.toFixed(3)} % of a CPU, ${wakes}`);
  }

  /** Reads all files in each container, one container after the other. */
  async readAll(): Promise<Latency> {
    const { files } = this.#served;
    const reading = { group: READERS, readers: 1, period: 0, seconds: 0, files };
    for (const member of this.#members) {
      await this.#pool.read({ ...reading, member });
      // Wait for its end: the latency must not include reads of other containers.
      await this.#pool.result(PROBE);
    }
    const latency = await this.#pool.result(READERS);
    print('first reads of all files in each', describe(latency));
    return latency;
  }

  /** Measures a reader that reads every 10 ms while others read as `noise` says. */
  async measureUnderNoise(noise: Noise): Promise<NoiseResult> {
    const [probed, hammering, ...others] = this.#members;
    if (!probed || !hammering) throw new Error('needs two containers');
    const { seconds } = this.#options;
    const readers = noise.startsWith('readers') ? others.slice(0, this.#options.readers) : [];
    const hammer = noise.endsWith('hammer');
    const files = ['/proc/meminfo'];
    if (hammer) {
      const job = { group: HAMMER, readers: HAMMERS, period: 0, seconds: seconds + 0.5, files };
      await this.#pool.read({ ...job, member: hammering });
    }
    for (const member of readers) {
      const job = { group: READERS, readers: 1, period: 1000, seconds, files: this.#served.files };
      await this.#pool.read({ ...job, member });
    }
    const before = usageOf(this.#served.pid);
    const job = { group: PROBE, readers: 1, period: 10, seconds, files };
    await this.#pool.read({ ...job, member: probed });
    await this.#sleep(seconds * 1000);
    const daemon = shareOf(before, usageOf(this.#served.pid));
    const probe = await this.#pool.result(PROBE);
    const read = await this.#pool.result(READERS);
    const hammered = await this.#pool.result(HAMMER);
    const result = { noise, probe, daemon, readers: readers.length > 0 ? read : null };
    return { ...result, hammer: hammer ? hammered : null };
  }

  /** Starts and ends containers, 20 at a time. */
  async storm(): Promise<ScaleResults['storm']> {
    const { storm } = this.#options;
    const shape = { processes: 2, threads: 1, busy: 0 };
    const before = usageOf(this.#served.pid);
    for (let done = 0; done < storm; done += 20) {
      const few: Member[] = [];
      for (let i = 0; i < 20; i++) few.push(await this.#pool.start(shape));
      for (const member of few) await this.#pool.stop(member);
    }
    const after = usageOf(this.#served.pid);
    const rate = (storm / (after.at - before.at)) * 1e6;
    const share = shareOf(before, after);
    print(
      `${storm} containers start and end`,
      `${rate.toFixed(0)} a second, ${share.cpu.toFixed(0)} % of a CPU`,
    );
    await this.#sleep(SETTLING);
    return { rate, ...share };
  }

  /** Ends all containers. */
  async empty(): Promise<void> {
    for (const member of this.#members.splice(0)) await this.#pool.stop(member);
    await this.#sleep(SETTLING);
  }
}
