/** A daemon with many containers: what each step takes, told as it is measured. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Held, heldBy, type Share, shareOf, usageOf } from '../harness/usage.ts';
import type { Crowd, Latency, Member } from './containers.ts';
import type { Heard, Noise, ScaleOptions, ScaleResults } from './results.ts';

/** Time in which the daemon comes to rest: it looks at what it has found a few times more. */
const SETTLING = 12_000;

/** ms for two scans, which are a minute apart: src/discovery/rescan.ts. */
const SCANNED = 125_000;

const PROBE = 0;
const READERS = 1;
const HAMMER = 2;
const HAMMERS = 8;

export interface Served {
  /** The daemon. */
  readonly pid: number;
  /** Files that a container reads, as it sees them. */
  readonly files: readonly string[];
  /** Mounts that an attached container has of ours. */
  readonly covers: number;
}

export function describe({ reads, errors, p50, p99, max }: Latency): string {
  const failed = errors > 0 ? `, ${errors} FAILED` : '';
  return `${reads} reads, p50 ${p50.toFixed(0)} us, p99 ${p99.toFixed(0)} us, max ${max.toFixed(0)} us${failed}`;
}

function say(what: string, found: string): void {
  process.stdout.write(`${what.padEnd(44)} ${found}\n`);
}

export class Many {
  readonly held: ({ readonly when: string } & Held)[] = [];
  readonly idle: ({ readonly when: string } & Share)[] = [];
  readonly #served: Served;
  readonly #crowd: Crowd;
  readonly #options: ScaleOptions;
  readonly #signal: AbortSignal;
  readonly #members: Member[] = [];

  constructor(served: Served, crowd: Crowd, options: ScaleOptions, signal: AbortSignal) {
    this.#served = served;
    this.#crowd = crowd;
    this.#options = options;
    this.#signal = signal;
  }

  #sleep(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#signal });
  }

  /** Lets the daemon come to rest after its start. */
  settle(): Promise<void> {
    return this.#sleep(5000);
  }

  /** Until it has made the two scans that look at all tasks because so many have begun. */
  settleScans(): Promise<void> {
    return this.#sleep(SCANNED);
  }

  hold(when: string): void {
    const held = heldBy(this.#served.pid);
    this.held.push({ when, ...held });
    const own = `${held.own.toFixed(1)} of it its own`;
    say(when, `RSS ${held.rss.toFixed(1)} MB, ${own}, ${held.descriptors} descriptors`);
  }

  #isAttached({ init }: Member): boolean {
    const mounts = readFileSync(`/proc/${init}/mountinfo`, 'latin1');
    // A directory whose files are bound one by one may be left out.
    return mounts.split(' - fuse.procview ').length > this.#served.covers / 2;
  }

  /** Starts them all, and waits for all to be attached. */
  async fill(): Promise<ScaleResults['start']> {
    const { containers, processes } = this.#options;
    const before = usageOf(this.#served.pid);
    const shape = { processes, threads: 1, busy: 0 };
    while (this.#members.length < containers) this.#members.push(await this.#crowd.start(shape));
    const started = performance.now();
    for (const member of this.#members) while (!this.#isAttached(member)) await this.#sleep(5);
    const attachedAfter = performance.now() - started;
    await this.#sleep(SETTLING);
    const starting = started - before.at / 1000;
    const cpuEach = (usageOf(this.#served.pid).cpu - before.cpu) / 1e3 / containers;
    say(
      'start of all containers',
      `${(starting / 1000).toFixed(1)} s, the last is attached ${attachedAfter.toFixed(0)} ms later, ${cpuEach.toFixed(1)} ms CPU each`,
    );
    return { starting, attachedAfter, cpuEach };
  }

  async rest(when: string): Promise<void> {
    const before = usageOf(this.#served.pid);
    await this.#sleep(this.#options.idle * 1000);
    const share = shareOf(before, usageOf(this.#served.pid));
    this.idle.push({ when, ...share });
    const wakes = `${share.wakes.toFixed(1)} wake-ups a second`;
    say(`idle, ${when}`, `${share.cpu.toFixed(3)} % of a CPU, ${wakes}`);
  }

  /** Every container reads all files, one container after the other. */
  async readAll(): Promise<Latency> {
    const { files } = this.#served;
    const reading = { group: READERS, readers: 1, period: 0, seconds: 0, files };
    for (const member of this.#members) {
      await this.#crowd.read({ ...reading, member });
      // What is asked is how long a first read takes, not how long a queue is.
      await this.#crowd.result(PROBE);
    }
    const latency = await this.#crowd.result(READERS);
    say('first reads of all files in each', describe(latency));
    return latency;
  }

  /** One reads every 10 ms while others read as `noise` says. */
  async hear(noise: Noise): Promise<Heard> {
    const [probed, hammering, ...others] = this.#members;
    if (!probed || !hammering) throw new Error('needs two containers');
    const { seconds } = this.#options;
    const readers = noise.startsWith('readers') ? others.slice(0, this.#options.readers) : [];
    const hammer = noise.endsWith('hammer');
    const files = ['/proc/meminfo'];
    if (hammer) {
      const job = { group: HAMMER, readers: HAMMERS, period: 0, seconds: seconds + 0.5, files };
      await this.#crowd.read({ ...job, member: hammering });
    }
    for (const member of readers) {
      const job = { group: READERS, readers: 1, period: 1000, seconds, files: this.#served.files };
      await this.#crowd.read({ ...job, member });
    }
    const before = usageOf(this.#served.pid);
    const job = { group: PROBE, readers: 1, period: 10, seconds, files };
    await this.#crowd.read({ ...job, member: probed });
    await this.#sleep(seconds * 1000);
    const daemon = shareOf(before, usageOf(this.#served.pid));
    const probe = await this.#crowd.result(PROBE);
    const read = await this.#crowd.result(READERS);
    const hammered = await this.#crowd.result(HAMMER);
    const heard = { noise, probe, daemon, readers: readers.length > 0 ? read : null };
    return { ...heard, hammer: hammer ? hammered : null };
  }

  /** Containers that come and go, a few at a time. */
  async storm(): Promise<ScaleResults['storm']> {
    const { storm } = this.#options;
    const shape = { processes: 2, threads: 1, busy: 0 };
    const before = usageOf(this.#served.pid);
    for (let done = 0; done < storm; done += 20) {
      const few: Member[] = [];
      for (let i = 0; i < 20; i++) few.push(await this.#crowd.start(shape));
      for (const member of few) await this.#crowd.stop(member);
    }
    const after = usageOf(this.#served.pid);
    const rate = (storm / (after.at - before.at)) * 1e6;
    const share = shareOf(before, after);
    say(
      `${storm} containers come and go`,
      `${rate.toFixed(0)} a second, ${share.cpu.toFixed(0)} % of a CPU`,
    );
    await this.#sleep(SETTLING);
    return { rate, ...share };
  }

  async empty(): Promise<void> {
    for (const member of this.#members.splice(0)) await this.#crowd.stop(member);
    await this.#sleep(SETTLING);
  }
}
