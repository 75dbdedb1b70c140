/**
 * Subjects ordered by the time that each is due: a binary heap that also finds a subject. Pure.
 * @module
 */

interface Entry<Subject> {
  readonly subject: Subject;
  at: number;
  /** Its place in the heap. */
  index: number;
}

/** All operations take time logarithmic in the number of subjects: a container can make thousands of cgroups. */
export class Heap<Subject> {
  readonly #entries: Entry<Subject>[] = [];
  readonly #bySubject = new Map<Subject, Entry<Subject>>();

  /** When the first subject is due; Infinity if there is none. */
  get first(): number {
    return this.#entries[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  has(subject: Subject): boolean {
    return this.#bySubject.has(subject);
  }

  /** Adds a subject. The earlier time counts if it is there already. */
  add(subject: Subject, at: number): void {
    const known = this.#bySubject.get(subject);
    if (known && known.at <= at) return;
    const entry = known ?? { subject, at, index: this.#entries.length };
    entry.at = at;
    this.#bySubject.set(subject, entry);
    this.#up(entry);
  }

  delete(subject: Subject): void {
    const entry = this.#bySubject.get(subject);
    const last = this.#entries.at(-1);
    if (!entry || !last) return;
    this.#bySubject.delete(subject);
    this.#entries.pop();
    if (entry === last) return;
    last.index = entry.index;
    this.#up(last);
    this.#down(last);
  }

  /** Removes and returns the subject that is due first, undefined if none is due at this time. */
  take(now: number): Subject | undefined {
    const entry = this.#entries[0];
    if (!entry || entry.at > now) return undefined;
    this.delete(entry.subject);
    return entry.subject;
  }

  #place(entry: Entry<Subject>, index: number): void {
    entry.index = index;
    this.#entries[index] = entry;
  }

  #up(entry: Entry<Subject>): void {
    let { index } = entry;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#entries[above];
      if (!parent || parent.at <= entry.at) break;
      this.#place(parent, index);
      index = above;
    }
    this.#place(entry, index);
  }

  #down(entry: Entry<Subject>): void {
    let { index } = entry;
    for (;;) {
      const [left, right] = [this.#entries[2 * index + 1], this.#entries[2 * index + 2]];
      const child = left && right && right.at < left.at ? right : left;
      if (!child || child.at >= entry.at) break;
      const below = child.index;
      this.#place(child, index);
      index = below;
    }
    this.#place(entry, index);
  }
}
