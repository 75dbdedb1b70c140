/**
 * Whether numbers are what they were.
 * @module
 */

/** Numbers of an array, compared bit by bit: what is unknown (NaN) is as it was, too. */
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

  /** Whether any is another one than at the last call, or when this was made. */
  any(): boolean {
    if (this.#now.equals(this.#seen)) return false;
    this.#now.copy(this.#seen);
    return true;
  }
}
