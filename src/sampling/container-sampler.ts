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
import { type Host, type HostFile, isHostFile } from './host.ts';
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
import { SeldomRead } from './seldom-read.ts';
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

/** Groups of files to read for each part; the others' readers do that themselves. */
const GROUPS: Readonly<Partial<Record<Part, number>>> = {
  times: Group.cpuTime,
  load: Group.pids,
  pressure: Group.pressure,
  slab: Group.slab,
};

/** What a list of needs takes. */
interface Wanted {
  readonly groups: number;
  readonly parts: readonly Part[];
  readonly files: readonly HostFile[];
}

/** Each view has its own list, which never changes. */
const wantedBy = new WeakMap<readonly Need[], Wanted>();

function wanted(needs: readonly Need[]): Wanted {
  const known = wantedBy.get(needs);
  if (known) return known;
  const files = needs.filter(isHostFile);
  const parts = needs.filter((need): need is Part => !isHostFile(need));
  const groups = parts.reduce((all, part) => all | (GROUPS[part] ?? 0), 0);
  const found = { groups, parts, files };
  wantedBy.set(needs, found);
  return found;
}

/** A container's own figures cannot be told: it has no cgroup of its own where they are kept. */
export class Unavailable extends Error {}

export class ContainerSampler {
  readonly #around: Surroundings;
  readonly #cgroups: CgroupPaths;
  readonly #key: number;
  readonly #started: number;
  readonly #values: Float64Array;
  readonly #sources: NativeSources;
  readonly #seldom = new SeldomRead();
  readonly #memory: MemoryReader | null;
  readonly #cpus: CpuReader;
  readonly #usage: ReadUsage | null;
  readonly #times: CpuTimesReader;
  readonly #disks: DiskReader;
  readonly #pressure: PressureReader;
  readonly #slabinfo: number;
  readonly #pids: number;
  readonly #sample: MutableSample;
  /** Asked for a pid of the container's own namespace, when the first load is shown. */
  firstPid: (() => number | undefined) | null = null;
  #entry: LedgerEntry | null = null;
  /** Whether the CPU time of the sample being taken is to be booked. */
  #timesDue = true;

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
    const { groups, parts, files } = wanted(needs);
    const now = this.#read(groups);
    const { host } = this.#around;
    for (const name of files) this.#sample.host.files[name] = host.file(name, now, linux32);
    for (const part of parts) this.#fill(part, now);
    return this.#sample;
  }

  /** Reads CPU time where enough of it has passed, all else at most once a millisecond. Returns when that was. */
  #read(groups: number): number {
    let now = native.bootTime();
    if (groups & Group.cpuTime) {
      this.#timesDue = this.#times.isDue(this.#ledgerEntry(now), now);
      if (this.#timesDue) now = this.#sources.sample(Group.cpuTime);
    }
    this.#seldom.sample(this.#sources, groups & ~Group.cpuTime, now);
    return now;
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
        this.#sample.pressure = this.#pressure.read(this.#sources, this.#ledgerEntry(now), now);
        break;
      case 'slab':
        this.#sample.slab = this.#slabinfo < 0 ? '' : this.#sources.text(this.#slabinfo);
    }
  }

  #readDisks(now: number): readonly DiskSample[] {
    return this.#disks.read(this.#values, this.#sources, this.#ledgerEntry(now), now);
  }

  #fillCpus(now: number): void {
    const { onlineCpus } = this.#around.host.settings(now);
    this.#sample.cpus = this.#cpus.model(this.#values, this.#sources, onlineCpus, now);
  }

  #fillLoad(now: number): void {
    this.#notePid();
    const load = loadSample(this.#ledgerEntry(now), this.#values[this.#pids]);
    if (load) this.#sample.load = load;
  }

  /** A pid of the container's own namespace, known before its tasks were counted. */
  #notePid(): void {
    const pid = this.firstPid?.();
    this.firstPid = null;
    if (pid === undefined) return;
    this.#ledgerEntry(native.bootTime()).update('cpu', ({ load }) => {
      load[Load.lastPid] = load[Load.lastPid] || pid;
    });
  }

  #fillMemory(need: 'memory' | 'vm', now: number): void {
    this.#memory?.sample(need, this.#values, this.#sources, now);
    const figures = this.#memory?.figures(this.#values, now);
    if (!this.#memory || !figures) throw new Unavailable('no memory cgroup of its own');
    this.#sample.memory = figures;
    this.#sample.host.settings = this.#around.host.settings(now);
    if (need === 'memory') this.#sample.hugePages = this.#memory.hugePages;
    else this.#sample.vm = this.#memory.vm(this.#values, this.#readDisks(now));
  }

  /** Needs `cpus` to be filled before. */
  #fillTimes(now: number): void {
    if (!this.#usage) throw new Unavailable('no cgroup that counts its CPU time');
    const usage = this.#timesDue ? this.#usage(this.#values) : null;
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
