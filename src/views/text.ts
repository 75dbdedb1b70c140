/**
 * The output of a view: ASCII text, written into a buffer that all reads share, so that a render allocates nothing.
 * @module
 */

const ZERO = 48;
const BLANK = 32;
const BILLION = 1_000_000_000;
/** Up to so many bytes a loop is faster than a call of `set`. */
const SHORT = 16;
const INT31 = 0x7fffffff;

/** Whether a byte is an ASCII digit; false for undefined. */
export const isDigit = (code: number | undefined): boolean =>
  code !== undefined && code >= ZERO && code <= ZERO + 9;

/** The same bytes as a Buffer, which searches and decodes faster. */
export const bufferOf = ({ buffer, byteOffset, length }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, length);

/** Number of decimal digits of a non-negative integer below 2^53. */
function digitsOf(value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  return digits;
}

/** Appends ASCII text and unsigned decimals to a fixed buffer. */
export class TextWriter {
  readonly bytes: Uint8Array;
  length = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Starts a new body. */
  reset(): void {
    this.length = 0;
  }

  /** Length of the body. Throws RangeError if the buffer was too small. */
  finish(): number {
    if (this.length > this.bytes.length) {
      throw new RangeError(`body of ${this.length} bytes, buffer of ${this.bytes.length}`);
    }
    return this.length;
  }

  /** Appends a short ASCII string. */
  text(ascii: string): void {
    for (let i = 0; i < ascii.length; i++) this.bytes[this.length++] = ascii.charCodeAt(i);
  }

  /** Appends bytes `from` (inclusive) to `to` (exclusive). */
  raw(source: Uint8Array, from = 0, to = source.length): void {
    const { bytes } = this;
    const end = this.length + to - from;
    if (end > bytes.length) throw new RangeError(`body over the buffer of ${bytes.length} bytes`);
    if (to - from > SHORT) {
      bytes.set(
        from === 0 && to === source.length ? source : source.subarray(from, to),
        this.length,
      );
    } else {
      for (let at = this.length, i = from; i < to; at++, i++) bytes[at] = source[i] ?? 0;
    }
    this.length = end;
  }

  /**
   * Appends an unsigned integer, right-aligned to `width`. Fractions are dropped; NaN (unknown) and negative numbers
   * print as 0; Infinity throws RangeError.
   */
  number(value: number, width = 0): void {
    const integer = value > 0 ? Math.floor(value) : 0;
    if (integer > Number.MAX_SAFE_INTEGER) {
      this.#big(integer, width);
      return;
    }
    const digits = digitsOf(integer);
    for (let pad = digits; pad < width; pad++) this.bytes[this.length++] = BLANK;
    this.length += digits;
    this.#digits(integer, this.length, digits);
  }

  /** Prints a double from 2^53 on exactly, which arithmetic on doubles cannot. */
  #big(value: number, width: number): void {
    if (value === Infinity) throw new RangeError('infinite number in a view');
    this.text(BigInt(value).toString().padStart(width));
  }

  /** Appends an unsigned integer with leading zeros to exactly `width` digits. */
  zeroPadded(value: number, width: number): void {
    this.length += width;
    this.#digits(value, this.length, width);
  }

  /** Writes `count` digits that end before `end`, with integer arithmetic where the number allows. */
  #digits(value: number, end: number, count: number): void {
    if (value > INT31) {
      const high = Math.floor(value / BILLION);
      this.#digits(value - high * BILLION, end, 9);
      this.#digits(high, end - 9, count - 9);
      return;
    }
    let rest = value | 0;
    for (let at = end - 1; at >= end - count; at--) {
      const next = (rest / 10) | 0;
      this.bytes[at] = ZERO + rest - next * 10;
      rest = next;
    }
  }
}
