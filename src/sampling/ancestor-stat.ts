/**
 * Memory that the limit of an ancestor could reclaim.
 * @module
 */
import { join } from 'node:path';
import type { Place } from '../cgroup/place.ts';
import { Group, type Reading, ReadPlan } from '../cgroup/read-plan.ts';
import { ThrottledRead } from '../cgroup/throttled-read.ts';
import { native } from '../native/addon.ts';
import { type NativeSources, SourceKind } from '../native/sources.ts';
import { memoryFields } from './memory-fields.ts';
import { RECLAIMABLE, type Reclaimable } from './memory-figures.ts';

/** memory.stat of an ancestor whose limit binds a container. */
export class AncestorStat {
  readonly level: number;
  readonly #plan = new ReadPlan();
  readonly #values: Float64Array;
  readonly #sources: NativeSources;
  readonly #throttled = new ThrottledRead();
  #read: Reclaimable | null = null;

  constructor(place: Place, level: number) {
    this.level = level;
    const { version, mountpoint: root } = place.hierarchy;
    const names = RECLAIMABLE.map((field) => memoryFields[field][`v${version}`] || `-${field}`);
    const keys = new native.Keys(names);
    const path = join(place.levels[level] ?? '', 'memory.stat');
    this.#plan.add({ root, path, kind: SourceKind.keyed, keys, group: Group.memoryStat });
    ({ values: this.#values, sources: this.#sources } = this.#plan.open());
  }

  /** Returns the same object until the file is read again. */
  read(now: number): Reclaimable {
    if (this.#throttled.sample(this.#sources, Group.memoryStat, now) || !this.#read) {
      const [activeFile = 0, inactiveFile = 0, slabReclaimable = 0] = this.#values;
      this.#read = { activeFile, inactiveFile, slabReclaimable };
    }
    return this.#read;
  }

  /** The numbers of the last `read`, in the order of RECLAIMABLE. */
  trace(): Reading[] {
    return RECLAIMABLE.map((_, slot) => this.#plan.reading(slot, this.#values));
  }

  close(): void {
    this.#sources.close();
  }
}
