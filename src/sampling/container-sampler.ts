/**
 * Samples one container. Its files stay open between reads.
 * @module
 */

import { LazyPlan } from '../cgroup/lazy-plan.ts';
import { placeOf } from '../cgroup/place.ts';
import type { CgroupPaths } from '../cgroup/proc-cgroup.ts';
import { Group } from '../cgroup/read-plan.ts';
import { ThrottledRead } from '../cgroup/throttled-read.ts';
import type { Container } from '../containers/container.ts';
import { native } from '../native/addon.ts';
import { CpuReader } from './cpu-reader.ts';
import { planCpuTime, planPids, type ReadUsage } from './cpu-sources.ts';
import { CpuTimesReader } from './cpu-times-reader.ts';
import { DiskReader } from './disk-reader.ts';
import { type LedgerEntry, Load, ledgerKey } from './ledger.ts';
import { loadSample } from './load-sample.ts';
import { MemoryReader } from './memory-reader.ts';
import { planSlabinfo } from './memory-sources.ts';
import { splitNeeds } from './needs.ts';
import { PressureReader } from './pressure-reader.ts';
import {
  type DiskSample,
  emptySample,
  type MutableSample,
  type Need,
  type Part,
  type Sample,
} from './sample.ts';
import type { SamplerContext } from './sampler-context.ts';
import type { Trace } from './trace.ts';

/** The container has no cgroup of its own that counts these figures. */
export class Unavailable extends Error {}

export class ContainerSampler {
  /** Key of the container's record in the ledger. */
  readonly key: number;
  readonly #context: SamplerContext;
  readonly #cgroups: CgroupPaths;
  readonly #started: number;
  readonly #throttled = new ThrottledRead();
  readonly #memory: LazyPlan<MemoryReader | null>;
  readonly #cpus: LazyPlan<CpuReader>;
  readonly #usage: LazyPlan<ReadUsage | null>;
  readonly #times: CpuTimesReader;
  readonly #disks: LazyPlan<DiskReader>;
  readonly #pressure: LazyPlan<PressureReader>;
  readonly #slabinfo: LazyPlan<number>;
  readonly #pids: LazyPlan<number>;
  readonly #sample: MutableSample;
  /** Returns a pid of the container's own pid namespace. Called once, when its load is first read. */
  firstPid: (() => number | undefined) | null = null;
  #entry: LedgerEntry | null = null;

  constructor(container: Container, context: SamplerContext) {
    const { host, layout, policies } = context;
    const { cgroups, started } = container;
    this.#context = context;
    this.#cgroups = cgroups;
    this.key = ledgerKey(container.key);
    this.#started = started;
    const place = (...controllers: readonly string[]) => placeOf(layout, cgroups, ...controllers);
    this.#memory = new LazyPlan((plan) => MemoryReader.plan(plan, cgroups, context));
    this.#cpus = new LazyPlan((plan) => new CpuReader(plan, cgroups, layout, policies.cpus));
    this.#usage = new LazyPlan((plan) =>
      planCpuTime(plan, place('cpuacct', 'unified'), host.possibleCpus),
    );
    this.#times = new CpuTimesReader(policies.uptime === 'container' ? started : null);
    this.#disks = new LazyPlan((plan) => new DiskReader(plan, place('blkio')));
    this.#pressure = new LazyPlan((plan) => new PressureReader(plan, place('unified')));
    this.#slabinfo = new LazyPlan((plan) => planSlabinfo(plan, place('memory')));
    this.#pids = new LazyPlan((plan) => planPids(plan, place('pids')));
    this.#sample = emptySample(host);
  }

  /**
   * Fills these parts of the sample and returns it. The sample is overwritten by the next call. Throws Unavailable
   * if the container is in the root cgroup of a hierarchy that a part needs.
   * @param linux32 whether the reader has personality PER_LINUX32
   */
  sample(needs: readonly Need[], linux32 = false): Sample {
    const { parts, files } = splitNeeds(needs);
    const now = native.bootTime();
    const { host } = this.#context;
    for (const name of files) this.#sample.host.files[name] = host.file(name, now, linux32);
    for (const part of parts) this.#fill(part, now);
    return this.#sample;
  }

  #fill(part: Part, now: number): void {
    switch (part) {
      case 'memory':
      case 'vm':
        this.#fillMemory(part, now);
        break;
      case 'cpus':
        this.#fillCpus(now);
        break;
      case 'times':
        this.#fillTimes(now);
        break;
      case 'load':
        this.#fillLoad(now);
        break;
      case 'disks':
        this.#sample.disks = this.#readDisks(now);
        break;
      case 'pressure':
        this.#fillPressure(now);
        break;
      case 'slab':
        this.#fillSlab(now);
    }
  }

  #fillPressure(now: number): void {
    const { reader, sources } = this.#pressure.get();
    this.#throttled.sample(sources, Group.pressure, now);
    this.#sample.pressure = reader.read(sources, this.#ledgerEntry(now), now);
  }

  #fillSlab(now: number): void {
    const { reader: index, sources } = this.#slabinfo.get();
    this.#throttled.sample(sources, Group.slab, now);
    this.#sample.slab = index < 0 ? '' : sources.text(index);
  }

  #readDisks(now: number): readonly DiskSample[] {
    const { reader, values, sources } = this.#disks.get();
    return reader.read(values, sources, this.#ledgerEntry(now), now);
  }

  #fillCpus(now: number): void {
    const { onlineCpus } = this.#context.host.settings(now);
    const { reader, values, sources } = this.#cpus.get();
    this.#sample.cpus = reader.model(values, sources, onlineCpus, now);
  }

  #fillLoad(now: number): void {
    this.#setFirstPid();
    const { reader: slot, values, sources } = this.#pids.get();
    this.#throttled.sample(sources, Group.pids, now);
    const load = loadSample(this.#ledgerEntry(now), values[slot]);
    if (load) this.#sample.load = load;
  }

  /** Sets the last pid of a container whose tasks were not counted yet. */
  #setFirstPid(): void {
    const pid = this.firstPid?.();
    this.firstPid = null;
    if (pid === undefined) return;
    this.#ledgerEntry(native.bootTime()).update('cpu', ({ load }) => {
      load[Load.lastPid] = load[Load.lastPid] || pid;
    });
  }

  #fillMemory(need: 'memory' | 'vm', now: number): void {
    const { reader: memory, values, sources } = this.#memory.get();
    memory?.sample(need, values, sources, now);
    const figures = memory?.figures(values, now);
    if (!memory || !figures) throw new Unavailable('no memory cgroup of its own');
    this.#sample.memory = figures;
    this.#sample.host.settings = this.#context.host.settings(now);
    if (need === 'memory') this.#sample.hugePages = memory.hugePages;
    else this.#sample.vm = memory.vm(values, this.#readDisks(now));
  }

  /** Needs `cpus` to be filled before. CPU time is read at most once per maxAge.cpuTimes. */
  #fillTimes(now: number): void {
    const { reader: usage, values, sources } = this.#usage.get();
    if (!usage) throw new Unavailable('no cgroup that counts its CPU time');
    const entry = this.#ledgerEntry(now);
    const due = this.#times.isDue(entry, now);
    const at = due ? sources.sample(Group.cpuTime) : now;
    this.#sample.times = this.#times.read(entry, due ? usage(values) : null, this.#sample.cpus, at);
  }

  #ledgerEntry(now: number): LedgerEntry {
    if (!this.#entry?.valid) {
      this.#entry = this.#context.ledger.entry(this.key, this.#started, now);
    }
    return this.#entry;
  }

  /** The numbers that the last sample was computed from. For `explain` only: it is slow. */
  trace(): Trace {
    const [memory, cpus] = [this.#memory.get(), this.#cpus.get()];
    const [usage, pids] = [this.#usage.get(), this.#pids.get()];
    const cgroup = (...controllers: readonly string[]) => {
      const place = placeOf(this.#context.layout, this.#cgroups, ...controllers);
      return place && { path: `/${place.levels[0]}`, version: place.hierarchy.version };
    };
    return {
      version: cgroup('memory', 'cpuacct', 'unified')?.version ?? 2,
      memory:
        memory.reader?.trace(this.#memory.readingOf, memory.values, native.bootTime()) ?? null,
      cpus: cpus.reader.trace(this.#cpus.readingOf, cpus.values, cpus.sources, this.#sample.cpus),
      usage: usage.reader?.(usage.values) ?? null,
      cgroup,
      pids: Number.isNaN(pids.reader) ? null : this.#pids.readingOf(pids.reader),
      load: this.#countedTasks(),
    };
  }

  #countedTasks(): Trace['load'] {
    const counted = { running: 0, blocked: 0 };
    this.#ledgerEntry(native.bootTime()).peek(({ load }) => {
      counted.running = load[Load.running] ?? 0;
      counted.blocked = load[Load.blocked] ?? 0;
    });
    return counted;
  }

  close(): void {
    this.#memory.opened?.reader?.close();
    const files = [this.#memory, this.#cpus, this.#usage, this.#disks, this.#pressure];
    for (const each of [...files, this.#slabinfo, this.#pids]) each.close();
  }
}
