/**
 * Detects changes in a range of numbers.
 * @module
 */

/** Compares bits: a number that was unknown (NaN) and still is has not changed. */
export class Changes {
  readonly #now: Buffer;
  readonly #seen: Buffer;

  /** @param to exclusive */
  constructor(
    { buffer, byteOffset, BYTES_PER_ELEMENT: size }: Float64Array,
    from: number,
    to: number,
  ) {
    this.#now = Buffer.from(buffer, byteOffset + from * size, (to - from) * size);
    this.#seen = Buffer.from(this.#now);
  }

  /** Whether any number changed since the last call, or since construction. */
  any(): boolean {
    if (this.#now.equals(this.#seen)) return false;
    this.#now.copy(this.#seen);
    return true;
  }
}
