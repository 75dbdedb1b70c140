/**
 * The pressure files of one container. Documentation/admin-guide/cgroup-v2.rst (PSI).
 * @module
 */

import type { Place } from '../cgroup/place.ts';
import { Group, type PlacedSource, type ReadPlan } from '../cgroup/read-plan.ts';
import { type NativeSources, SourceKind } from '../native/sources.ts';
import type { LedgerEntry } from './ledger.ts';
import {
  advancePressure,
  noPressure,
  type PressureSample,
  pressureIn,
  pressureResources,
} from './pressure.ts';

export class PressureReader {
  readonly #placed: readonly PlacedSource[];
  #shown: PressureSample = noPressure;

  /** @param place in the v2 tree; null: the container is in its root cgroup, or the host has no v2 tree */
  constructor(plan: ReadPlan, place: Place | null) {
    this.#placed = pressureResources.flatMap((resource) => {
      const path = `${place?.levels[0]}/${resource}.pressure`;
      const file = { root: place?.hierarchy.mountpoint ?? '', path, kind: SourceKind.text };
      return place ? [plan.add({ ...file, group: Group.pressure })] : [];
    });
  }

  /** Adds the totals of the sampled files to the record and returns the figures. The totals of a file that was switched off (cgroup.pressure, 6.1) stay as they are. */
  read(sources: NativeSources, entry: LedgerEntry, now: number): PressureSample {
    if (this.#placed.length === 0) return noPressure;
    const texts = this.#placed.map(({ index }) => sources.text(index));
    entry.update('pressure', ({ pressure }) => advancePressure(pressure, texts, now));
    entry.read(({ pressure }) => {
      this.#shown = pressureIn(pressure, texts);
    });
    return this.#shown;
  }
}
