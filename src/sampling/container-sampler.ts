/**
 * Samples one container: its files stay open between reads.
 * @module
 */
import type { CgroupPaths } from '../containers/cgroup-text.ts';
import type { Container } from '../containers/container.ts';
import { type NativeSources, native } from '../native.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import type { CpuPolicy } from './cpu-model.ts';
import { CpuReader } from './cpu-reader.ts';
import { planCpuTime, planPids, type ReadUsage } from './cpu-sources.ts';
import { CpuTimesReader } from './cpu-times-reader.ts';
import { DiskReader } from './disk-reader.ts';
import { type Host, isHostFile } from './host.ts';
import { type Ledger, type LedgerEntry, Load, ledgerKey } from './ledger.ts';
import { loadSample } from './load-sample.ts';
import type { HeadroomPolicy } from './memory-domain.ts';
import { MemoryReader } from './memory-reader.ts';
import { type MemoryKeys, placeOf, planSlabinfo } from './memory-sources.ts';
import { PressureReader } from './pressure-reader.ts';
import {
  type DiskSample,
  emptySample,
  type MutableSample,
  type Need,
  type Part,
  type Sample,
} from './sample.ts';
import { Group, SlotPlan } from './slot-plan.ts';
import type { Trace } from './trace.ts';

/** What a node's owner decided about the figures. */
export interface Policies {
  readonly cpus: CpuPolicy;
  readonly headroom: HeadroomPolicy;
  /** False: containers see no swap at all. */
  readonly swap: boolean;
  /** Whose start btime tells. */
  readonly uptime: 'container' | 'host';
}

/** What all samplers of a thread share. */
export interface Surroundings {
  readonly host: Host;
  readonly layout: CgroupLayout;
  readonly ledger: Ledger;
  readonly memoryKeys: MemoryKeys;
  readonly policies: Policies;
}

const CPU_LIMITS = Group.cpuset | Group.cpuQuota;
const MEMORY = Group.memoryLevels | Group.kernelMemory;

/** Groups of files to read for each part. */
const GROUPS: Readonly<Record<Part, number>> = {
  memory: MEMORY | Group.memoryStat,
  vm: MEMORY | Group.vmStat | Group.io | Group.memoryEvents,
  cpus: CPU_LIMITS,
  times: CPU_LIMITS | Group.cpuTime,
  load: Group.pids,
  disks: Group.io,
  pressure: Group.pressure,
  slab: Group.slab,
};

/** A container's own figures cannot be told: it has no cgroup of its own where they are kept. */
export class Unavailable extends Error {}

export class ContainerSampler {
  readonly #around: Surroundings;
  readonly #cgroups: CgroupPaths;
  readonly #key: number;
  readonly #started: number;
  readonly #values: Float64Array;
  readonly #sources: NativeSources;
  readonly #memory: MemoryReader | null;
  readonly #cpus: CpuReader;
  readonly #usage: ReadUsage | null;
  readonly #times: CpuTimesReader;
  readonly #disks: DiskReader;
  readonly #pressure: PressureReader;
  readonly #slabinfo: number;
  readonly #pids: number;
  readonly #sample: MutableSample;
  #entry: LedgerEntry | null = null;

  /** @param plan where its files are noted; who wants to trace them keeps it */
  constructor(container: Container, around: Surroundings, plan = new SlotPlan()) {
    const { host, layout, policies, memoryKeys } = around;
    const { cgroups, started } = container;
    this.#around = around;
    this.#cgroups = cgroups;
    this.#key = ledgerKey(container.key);
    this.#started = started;
    this.#memory = MemoryReader.plan(plan, cgroups, { host, layout, memoryKeys, policies });
    this.#cpus = new CpuReader(plan, cgroups, layout, policies.cpus);
    const cpuTime = placeOf(layout, cgroups, 'cpuacct', 'unified');
    this.#usage = planCpuTime(plan, cpuTime, host.possibleCpus);
    this.#times = new CpuTimesReader(policies.uptime === 'container' ? started : null);
    this.#disks = new DiskReader(plan, placeOf(layout, cgroups, 'blkio'));
    this.#pressure = new PressureReader(plan, placeOf(layout, cgroups, 'unified'));
    this.#slabinfo = planSlabinfo(plan, placeOf(layout, cgroups, 'memory'));
    this.#pids = planPids(plan, placeOf(layout, cgroups, 'pids'));
    ({ values: this.#values, sources: this.#sources } = plan.open());
    this.#sample = emptySample(host);
  }

  /**
   * Reads what these needs take and returns the sample, good until the next call. Throws Unavailable if
   * the container sits in the root cgroup of a hierarchy that is needed.
   * @param linux32 the reader's personality
   */
  take(needs: readonly Need[], linux32 = false): Sample {
    let groups = 0;
    for (const need of needs) groups |= isHostFile(need) ? 0 : GROUPS[need];
    if (groups & Group.memoryLevels && this.#around.host.hasSwap()) groups |= Group.swapLevels;
    const now = this.#sources.sample(groups);
    for (const need of needs) this.#fill(need, now, linux32);
    return this.#sample;
  }

  #fill(need: Need, now: number, linux32: boolean): void {
    const { host } = this.#around;
    if (isHostFile(need)) this.#sample.host.files[need] = host.file(need, now, linux32);
    else this.#fillPart[need](now);
  }

  readonly #fillPart: Readonly<Record<Part, (now: number) => void>> = {
    memory: (now) => this.#fillMemory('memory', now),
    vm: (now) => this.#fillMemory('vm', now),
    cpus: (now) => this.#fillCpus(now),
    times: (now) => this.#fillTimes(now),
    load: (now) => this.#fillLoad(now),
    disks: (now) => {
      this.#sample.disks = this.#readDisks(now);
    },
    pressure: (now) => {
      const entry = this.#ledgerEntry(now);
      this.#sample.pressure = this.#pressure.read(this.#sources, entry, now);
    },
    slab: () => {
      this.#sample.slab = this.#slabinfo < 0 ? '' : this.#sources.text(this.#slabinfo);
    },
  };

  #readDisks(now: number): readonly DiskSample[] {
    return this.#disks.read(this.#values, this.#sources, this.#ledgerEntry(now), now);
  }

  #fillCpus(now: number): void {
    const { onlineCpus } = this.#around.host.settings(now);
    this.#sample.cpus = this.#cpus.model(this.#values, this.#sources, onlineCpus);
  }

  #fillLoad(now: number): void {
    const load = loadSample(this.#ledgerEntry(now), this.#values[this.#pids]);
    if (load) this.#sample.load = load;
  }

  /** Tells a pid of the container's own namespace, known before its tasks were counted. */
  notePid(pid: number): void {
    this.#ledgerEntry(native.bootTime()).update(({ load }) => {
      load[Load.lastPid] = load[Load.lastPid] || pid;
    });
  }

  #fillMemory(need: 'memory' | 'vm', now: number): void {
    const figures = this.#memory?.figures(this.#values, now);
    if (!this.#memory || !figures) throw new Unavailable('no memory cgroup of its own');
    this.#sample.memory = figures;
    this.#sample.host.settings = this.#around.host.settings(now);
    if (need === 'memory') this.#sample.hugePages = this.#memory.hugePages(this.#values);
    else this.#sample.vm = this.#memory.vm(this.#values, this.#readDisks(now));
  }

  /** Needs `cpus` to be filled before. */
  #fillTimes(now: number): void {
    const usage = this.#usage?.(this.#values);
    if (!usage) throw new Unavailable('no cgroup that counts its CPU time');
    const entry = this.#ledgerEntry(now);
    this.#sample.times = this.#times.read(entry, usage, this.#sample.cpus, now);
  }

  #ledgerEntry(now: number): LedgerEntry {
    if (!this.#entry?.valid) {
      this.#entry = this.#around.ledger.entry(this.#key, this.#started, now);
    }
    return this.#entry;
  }

  /**
   * What the last sample was computed from. Only for `explain`: it is slow.
   * @param plan the one that the constructor was given
   */
  trace(plan: SlotPlan): Trace {
    const read = (slot: number) => plan.reading(slot, this.#values);
    const cgroup = (...controllers: readonly string[]) => {
      const place = placeOf(this.#around.layout, this.#cgroups, ...controllers);
      return place && { path: `/${place.levels[0]}`, version: place.hierarchy.version };
    };
    return {
      version: cgroup('memory', 'cpuacct', 'unified')?.version ?? 2,
      memory: this.#memory?.trace(read, this.#values, native.bootTime()) ?? null,
      cpus: this.#cpus.trace(read, this.#values, this.#sources, this.#sample.cpus),
      usage: this.#usage?.(this.#values) ?? null,
      cgroup,
      pids: Number.isNaN(this.#pids) ? null : read(this.#pids),
      load: this.#countedTasks(),
    };
  }

  #countedTasks(): Trace['load'] {
    const counted = { running: 0, blocked: 0 };
    this.#ledgerEntry(native.bootTime()).look(({ load }) => {
      counted.running = load[Load.running] ?? 0;
      counted.blocked = load[Load.blocked] ?? 0;
    });
    return counted;
  }

  close(): void {
    this.#sources.close();
    this.#memory?.close();
  }
}
