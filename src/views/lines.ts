/**
 * Files with one `key number` per line. The lines are laid out once for a host's keys; a render copies the fixed text
 * and writes the numbers in between.
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';

/** The value of a line. It may use a sample's memory, huge pages and vm, and the host's settings and constants. */
export type Value = (sample: Sample) => number;

/** One line of this kernel's file. */
export interface Line {
  /** Fixed text before and after the number. */
  readonly before: string;
  readonly after: string;
  /** Least width of the number, aligned to the right. */
  readonly width: number;
  /** Null: the number is always 0. */
  readonly value: Value | null;
}

/** Fixed text up to a number, and that number. */
interface Piece {
  readonly text: Uint8Array;
  readonly width: number;
  readonly value: Value;
}

/** Pieces in a chunk. Most counters are the same at the next read: only chunks with a change are written again. */
const CHUNK = 12;

/** Spare bytes in a chunk's buffer, for numbers that grow. */
const SPARE = 64;

/** Some pieces, with their last numbers and bytes. */
class Chunk {
  readonly #pieces: readonly Piece[];
  readonly #values: Float64Array;
  #written = new Uint8Array(0);
  /** Length of the last bytes; 0: there are none for these numbers. */
  #length = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
    this.#values = new Float64Array(pieces.length);
  }

  /** @param same whether no value can have changed since the last call */
  render(sample: Sample, out: TextWriter, same: boolean): void {
    if (!same && this.#update(sample)) this.#length = 0;
    if (this.#length > 0) {
      out.raw(this.#written, 0, this.#length);
      return;
    }
    const from = out.length;
    for (const [i, { text, width }] of this.#pieces.entries()) {
      out.raw(text);
      out.number(this.#values[i] ?? 0, width);
    }
    this.#store(out.bytes.subarray(from, out.length));
  }

  #store(bytes: Uint8Array): void {
    if (this.#written.length < bytes.length) this.#written = new Uint8Array(bytes.length + SPARE);
    this.#written.set(bytes);
    this.#length = bytes.length;
  }

  /** Reads the numbers; returns whether one has changed. An unknown number (NaN) counts as 0, which is printed. */
  #update(sample: Sample): boolean {
    let changed = false;
    for (let i = 0; i < this.#pieces.length; i++) {
      const value = this.#pieces[i]?.value(sample) || 0;
      if (value !== this.#values[i]) changed = true;
      this.#values[i] = value;
    }
    return changed;
  }
}

export class Layout {
  readonly #chunks: readonly Chunk[];
  readonly #end: Uint8Array;
  /** The parts of the last sample that was written completely. */
  #last: readonly unknown[] = [];

  constructor(chunks: readonly Chunk[], end: Uint8Array) {
    this.#chunks = chunks;
    this.#end = end;
  }

  /** Writes all lines of a sample. */
  render(sample: Sample, out: TextWriter): void {
    const { memory, hugePages, vm, host } = sample;
    const [lastMemory, lastHugePages, lastVm, lastSettings] = this.#last;
    // The sampler replaces each of these objects when a figure in it changes.
    const same =
      memory === lastMemory &&
      hugePages === lastHugePages &&
      vm === lastVm &&
      host.settings === lastSettings;
    // After an exception in between, only some chunks are up to date.
    if (!same) this.#last = [];
    for (const chunk of this.#chunks) chunk.render(sample, out, same);
    out.raw(this.#end);
    if (!same) this.#last = [memory, hugePages, vm, host.settings];
  }
}

const encoder = new TextEncoder();

/** Joins all text between two numbers; numbers that are always 0 are text. */
export function layOut(lines: readonly Line[]): Layout {
  const pieces: Piece[] = [];
  let text = '';
  for (const { before, after, width, value } of lines) {
    text += before;
    if (value) pieces.push({ text: encoder.encode(text), width, value });
    text = value ? after : `${text}${'0'.padStart(width)}${after}`;
  }
  const count = Math.ceil(pieces.length / CHUNK);
  const chunks = Array.from({ length: count }, (_, i) => i * CHUNK).map(
    (from) => new Chunk(pieces.slice(from, from + CHUNK)),
  );
  return new Layout(chunks, encoder.encode(text));
}

/** Returns a function that lays out each list of keys once. */
export function layoutOnce(
  line: (key: string, index: number) => Line,
): (keys: readonly string[]) => Layout {
  const known = new WeakMap<readonly string[], Layout>();
  return (keys) => {
    const layout = known.get(keys) ?? layOut(keys.map(line));
    known.set(keys, layout);
    return layout;
  };
}
