/**
 * The pressure files of one container. Documentation/admin-guide/cgroup-v2.rst (PSI).
 * @module
 */

import type { Place } from '../cgroup/place.ts';
import { Group, type Placed, type SlotPlan } from '../cgroup/read-plan.ts';
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
  readonly #placed: readonly Placed[];
  #shown: PressureSample = noPressure;

  /** @param place in the v2 tree; null: a container in its root, or a host without one */
  constructor(plan: SlotPlan, place: Place | null) {
    this.#placed = pressureResources.flatMap((resource) => {
      const path = `${place?.levels[0]}/${resource}.pressure`;
      const file = { root: place?.hierarchy.mountpoint ?? '', path, kind: SourceKind.text };
      return place ? [plan.add({ ...file, group: Group.pressure })] : [];
    });
  }

  /** Books a sample of Group.pressure. A file that was switched off (6.1) keeps its totals. */
  read(sources: NativeSources, entry: LedgerEntry, now: number): PressureSample {
    if (this.#placed.length === 0) return noPressure;
    const texts = this.#placed.map(({ index }) => sources.text(index));
    entry.update('pressure', ({ pressure }) => advancePressure(pressure, texts, now));
    entry.show(({ pressure }) => {
      this.#shown = pressureIn(pressure, texts);
    });
    return this.#shown;
  }
}
