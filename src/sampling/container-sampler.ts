/**
 * Samples one container: its files stay open between reads.
 * @module
 */

import type { CgroupLayout } from '../cgroup/layout.ts';
import { OnDemand } from '../cgroup/lazy-plan.ts';
import { placeOf } from '../cgroup/place.ts';
import type { CgroupPaths } from '../cgroup/proc-cgroup.ts';
import { Group } from '../cgroup/read-plan.ts';
import { SeldomRead } from '../cgroup/throttled-read.ts';
import type { Container } from '../containers/container.ts';
import { native } from '../native/addon.ts';
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
import { type MemoryKeys, planSlabinfo } from './memory-sources.ts';
import { PressureReader } from './pressure-reader.ts';
import {
  type DiskSample,
  emptySample,
  type MutableSample,
  type Need,
  type Part,
  type Sample,
} from './sample.ts';
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

/** What a list of needs takes. */
interface Wanted {
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
  const found = { parts, files };
  wantedBy.set(needs, found);
  return found;
}

/** A container's own figures cannot be told: it has no cgroup of its own where they are kept. */
export class Unavailable extends Error {}

export class ContainerSampler {
  /** Key of its record in the ledger. */
  readonly key: number;
  readonly #around: Surroundings;
  readonly #cgroups: CgroupPaths;
  readonly #started: number;
  readonly #seldom = new SeldomRead();
  readonly #memory: OnDemand<MemoryReader | null>;
  readonly #cpus: OnDemand<CpuReader>;
  readonly #usage: OnDemand<ReadUsage | null>;
  readonly #times: CpuTimesReader;
  readonly #disks: OnDemand<DiskReader>;
  readonly #pressure: OnDemand<PressureReader>;
  readonly #slabinfo: OnDemand<number>;
  readonly #pids: OnDemand<number>;
  readonly #sample: MutableSample;
  /** Asked for a pid of the container's own namespace, when the first load is shown. */
  firstPid: (() => number | undefined) | null = null;
  #entry: LedgerEntry | null = null;

  constructor(container: Container, around: Surroundings) {
    const { host, layout, policies } = around;
    const { cgroups, started } = container;
    this.#around = around;
    this.#cgroups = cgroups;
    this.key = ledgerKey(container.key);
    this.#started = started;
    const place = (...controllers: readonly string[]) => placeOf(layout, cgroups, ...controllers);
    this.#memory = new OnDemand((plan) => MemoryReader.plan(plan, cgroups, around));
    this.#cpus = new OnDemand((plan) => new CpuReader(plan, cgroups, layout, policies.cpus));
    this.#usage = new OnDemand((plan) =>
      planCpuTime(plan, place('cpuacct', 'unified'), host.possibleCpus),
    );
    this.#times = new CpuTimesReader(policies.uptime === 'container' ? started : null);
    this.#disks = new OnDemand((plan) => new DiskReader(plan, place('blkio')));
    this.#pressure = new OnDemand((plan) => new PressureReader(plan, place('unified')));
    this.#slabinfo = new OnDemand((plan) => planSlabinfo(plan, place('memory')));
    this.#pids = new OnDemand((plan) => planPids(plan, place('pids')));
    this.#sample = emptySample(host);
  }

  /**
   * Reads what these needs take and returns the sample, good until the next call. Throws Unavailable if
   * the container sits in the root cgroup of a hierarchy that is needed.
   * @param linux32 the reader's personality
   */
  take(needs: readonly Need[], linux32 = false): Sample {
    const { parts, files } = wanted(needs);
    const now = native.bootTime();
    const { host } = this.#around;
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
    this.#seldom.sample(sources, Group.pressure, now);
    this.#sample.pressure = reader.read(sources, this.#ledgerEntry(now), now);
  }

  #fillSlab(now: number): void {
    const { reader: index, sources } = this.#slabinfo.get();
    this.#seldom.sample(sources, Group.slab, now);
    this.#sample.slab = index < 0 ? '' : sources.text(index);
  }

  #readDisks(now: number): readonly DiskSample[] {
    const { reader, values, sources } = this.#disks.get();
    return reader.read(values, sources, this.#ledgerEntry(now), now);
  }

  #fillCpus(now: number): void {
    const { onlineCpus } = this.#around.host.settings(now);
    const { reader, values, sources } = this.#cpus.get();
    this.#sample.cpus = reader.model(values, sources, onlineCpus, now);
  }

  #fillLoad(now: number): void {
    this.#notePid();
    const { reader: slot, values, sources } = this.#pids.get();
    this.#seldom.sample(sources, Group.pids, now);
    const load = loadSample(this.#ledgerEntry(now), values[slot]);
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
    const { reader: memory, values, sources } = this.#memory.get();
    memory?.sample(need, values, sources, now);
    const figures = memory?.figures(values, now);
    if (!memory || !figures) throw new Unavailable('no memory cgroup of its own');
    this.#sample.memory = figures;
    this.#sample.host.settings = this.#around.host.settings(now);
    if (need === 'memory') this.#sample.hugePages = memory.hugePages;
    else this.#sample.vm = memory.vm(values, this.#readDisks(now));
  }

  /** Needs `cpus` to be filled before. CPU time is read only where enough of it has passed. */
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
      this.#entry = this.#around.ledger.entry(this.key, this.#started, now);
    }
    return this.#entry;
  }

  /** What the last sample was computed from. Only for `explain`: it is slow. */
  trace(): Trace {
    const [memory, cpus] = [this.#memory.get(), this.#cpus.get()];
    const [usage, pids] = [this.#usage.get(), this.#pids.get()];
    const cgroup = (...controllers: readonly string[]) => {
      const place = placeOf(this.#around.layout, this.#cgroups, ...controllers);
      return place && { path: `/${place.levels[0]}`, version: place.hierarchy.version };
    };
    return {
      version: cgroup('memory', 'cpuacct', 'unified')?.version ?? 2,
      memory: memory.reader?.trace(this.#memory.read, memory.values, native.bootTime()) ?? null,
      cpus: cpus.reader.trace(this.#cpus.read, cpus.values, cpus.sources, this.#sample.cpus),
      usage: usage.reader?.(usage.values) ?? null,
      cgroup,
      pids: Number.isNaN(pids.reader) ? null : this.#pids.read(pids.reader),
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
    this.#memory.opened?.reader?.close();
    const files = [this.#memory, this.#cpus, this.#usage, this.#disks, this.#pressure];
    for (const each of [...files, this.#slabinfo, this.#pids]) each.close();
  }
}
