/**
 * Disk I/O of one container, by device. Documentation/admin-guide/cgroup-v2.rst (IO),
 * cgroup-v1/blkio-controller.rst.
 * @module
 */

import type { Place } from '../cgroup/place.ts';
import { Group, type Placed, type SlotPlan } from '../cgroup/read-plan.ts';
import { SeldomRead } from '../cgroup/throttled-read.ts';
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

/** One kind of figures: the files that tell it, of which the first that exists counts, and its words. */
interface DiskFile {
  readonly names: readonly string[];
  readonly figures: Figures;
}

const FILES: Readonly<Record<1 | 2, readonly DiskFile[]>> = {
  // Sub-cgroups are counted only in the `_recursive` files (since 5.3).
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
        ...{ rios: 'reads', wios: 'writes', dios: 'discards' },
        ...{ rbytes: 'readBytes', wbytes: 'writtenBytes', dbytes: 'discardedBytes' },
      },
    },
  ],
};

export class DiskReader {
  readonly #seldom = new SeldomRead();
  readonly #files: readonly { readonly placed: readonly Placed[]; readonly figures: Figures }[];
  #usage: DiskUsage = new Map();
  /** Change counts of the texts when they were last parsed. */
  readonly #parsed: number[] = [];
  /** The record in which all of the usage is booked. */
  #bookedIn: LedgerEntry | null = null;
  /** What was shown last, and of which usage and record. */
  #shown: readonly DiskSample[] = [];
  #shownOf: DiskUsage | null = null;
  readonly #shownIn = new Float64Array(DISKS_LENGTH);

  /** @param place null: a container in the root cgroup, of which nothing can be told */
  constructor(plan: SlotPlan, place: Place | null) {
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
   * Reads the files at most once a millisecond, books what they say and returns all devices that the container ever
   * used, the same array as long as nothing has changed.
   */
  read(
    values: Float64Array,
    sources: NativeSources,
    entry: LedgerEntry,
    now: number,
  ): readonly DiskSample[] {
    if (this.#seldom.sample(sources, Group.io, now)) this.#take(values, sources);
    if (this.#bookedIn !== entry) this.#book(entry, now);
    entry.show(({ disks }) => this.#show(disks));
    return this.#shown;
  }

  /** Samples the files that stand in for those that are absent. */
  #take(values: Float64Array, sources: NativeSources): void {
    const isAbsent = ({ placed }: { readonly placed: readonly Placed[] }) =>
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

  #book(entry: LedgerEntry, now: number): void {
    let done = false;
    entry.update('disks', ({ disks }) => {
      done = advanceDisks(disks, this.#usage, now);
    });
    this.#bookedIn = done ? entry : null;
  }

  /** Whether a text is another than the one that was parsed. */
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
    this.#bookedIn = null;
    this.#usage = new Map();
    for (const { placed, figures } of this.#files) {
      const told = placed.find(({ slot }) => !Number.isNaN(values[slot]));
      if (told) parseDiskUsage(sources.text(told.index), figures, this.#usage);
    }
  }
}
