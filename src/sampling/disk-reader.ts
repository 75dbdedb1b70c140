/**
 * Disk I/O of one container, by device. Documentation/admin-guide/cgroup-v2.rst (IO),
 * cgroup-v1/blkio-controller.rst.
 * @module
 */

import type { Place } from '../cgroup/place.ts';
import { Group, type PlacedSource, type ReadPlan } from '../cgroup/read-plan.ts';
import { ThrottledRead } from '../cgroup/throttled-read.ts';
import { type NativeSources, SourceKind } from '../native/sources.ts';
import {
  advanceDisks,
  DISKS_LENGTH,
  type DiskSample,
  type DiskUsage,
  disksIn,
  isSame,
  parseDiskUsage,
} from './disk-counters.ts';
import type { LedgerEntry } from './ledger.ts';

type Figures = Parameters<typeof parseDiskUsage>[1];

/** One kind of figures. */
interface DiskFile {
  /** The first of these files that exists is read. */
  readonly names: readonly string[];
  /** The figure of each word in the file. */
  readonly figures: Figures;
}

const FILES: Readonly<Record<1 | 2, readonly DiskFile[]>> = {
  // Only the `_recursive` files count sub-cgroups (since 5.3).
  1: [
    {
      names: ['blkio.throttle.io_serviced_recursive', 'blkio.throttle.io_serviced'],
      figures: { Read: 'reads', Write: 'writes', Discard: 'discards' },
    },
    {
      names: ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_service_bytes'],
      figures: { Read: 'readBytes', Write: 'writtenBytes', Discard: 'discardedBytes' },
    },
  ],
  2: [
    {
      names: ['io.stat'],
      figures: {
        rios: 'reads',
        wios: 'writes',
        dios: 'discards',
        rbytes: 'readBytes',
        wbytes: 'writtenBytes',
        dbytes: 'discardedBytes',
      },
    },
  ],
};

export class DiskReader {
  readonly #throttled = new ThrottledRead();
  readonly #files: readonly {
    readonly placed: readonly PlacedSource[];
    readonly figures: Figures;
  }[];
  #usage: DiskUsage = new Map();
  /** Change counts of the texts that were last parsed. */
  readonly #parsed: number[] = [];
  /** The record that includes all of `#usage`; null if some of it is missing. */
  #recordedIn: LedgerEntry | null = null;
  /** The last result, with the usage and the record that it was made from. */
  #shown: readonly DiskSample[] = [];
  #shownOf: DiskUsage | null = null;
  readonly #shownIn = new Float64Array(DISKS_LENGTH);

  /** @param place null: the container is in the root cgroup, which has no figures of its own */
  constructor(plan: ReadPlan, place: Place | null) {
    const files = place ? FILES[place.hierarchy.version] : [];
    const root = place?.hierarchy.mountpoint ?? '';
    const own = place?.levels[0] ?? '';
    this.#files = files.map(({ names, figures }) => ({
      figures,
      placed: names.map((name, i) => {
        const group = i === 0 ? Group.io : Group.ioFallback;
        return plan.add({ root, path: `${own}/${name}`, kind: SourceKind.text, group });
      }),
    }));
  }

  /**
   * Reads the files at most once per maxAge.cgroupFiles, adds their figures to the record and returns all devices
   * that the container ever used. It returns the same array until a figure changes.
   */
  read(
    values: Float64Array,
    sources: NativeSources,
    entry: LedgerEntry,
    now: number,
  ): readonly DiskSample[] {
    if (this.#throttled.sample(sources, Group.io, now)) this.#parseChanged(values, sources);
    if (this.#recordedIn !== entry) this.#record(entry, now);
    entry.read(({ disks }) => this.#show(disks));
    return this.#shown;
  }

  /** Parses the files if they have changed; reads the fallback files first where a preferred one is absent. */
  #parseChanged(values: Float64Array, sources: NativeSources): void {
    const isAbsent = ({ placed }: { readonly placed: readonly PlacedSource[] }) =>
      placed.length > 1 && Number.isNaN(values[placed[0]?.slot ?? -1]);
    if (this.#files.some(isAbsent)) sources.sample(Group.ioFallback);
    if (this.#changed(values)) this.#parse(values, sources);
  }

  #show(record: Float64Array): void {
    if (this.#shownOf === this.#usage && isSame(record, this.#shownIn)) return;
    this.#shownIn.set(record);
    this.#shownOf = this.#usage;
    this.#shown = disksIn(this.#shownIn, this.#usage);
  }

  #record(entry: LedgerEntry, now: number): void {
    let done = false;
    entry.update('disks', ({ disks }) => {
      done = advanceDisks(disks, this.#usage, now);
    });
    this.#recordedIn = done ? entry : null;
  }

  /** Whether a text has changed since it was parsed. */
  #changed(values: Float64Array): boolean {
    let changed = false;
    let at = 0;
    for (const { placed } of this.#files) {
      for (const { slot } of placed) {
        const changes = values[slot] ?? Number.NaN;
        if (!Object.is(this.#parsed[at], changes)) changed = true;
        this.#parsed[at++] = changes;
      }
    }
    return changed;
  }

  #parse(values: Float64Array, sources: NativeSources): void {
    this.#recordedIn = null;
    this.#usage = new Map();
    for (const { placed, figures } of this.#files) {
      const present = placed.find(({ slot }) => !Number.isNaN(values[slot]));
      if (present) parseDiskUsage(sources.text(present.index), figures, this.#usage);
    }
  }
}
