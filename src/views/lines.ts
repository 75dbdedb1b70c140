/**
 * Files that are one `key number` a line: laid out once for a host's keys, then rendered by copying the
 * fixed text and writing the numbers between.
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';

/** Made of a sample's memory, huge pages and vm, of the host's settings and of what never changes. */
export type Value = (sample: Sample) => number;

/** One line of this kernel's file. */
export interface Line {
  /** Fixed text before and after the number. */
  readonly before: string;
  readonly after: string;
  /** Least width of the number, aligned to the right. */
  readonly width: number;
  /** Null: always 0. */
  readonly value: Value | null;
}

/** Fixed text up to a number, and that number. */
interface Piece {
  readonly text: Uint8Array;
  readonly width: number;
  readonly value: Value;
}

/** Most counters are the same at the next read: lines are written anew together with so few others. */
const CHUNK = 12;

/** Bytes by which numbers may grow until there has to be another buffer. */
const WIDER = 64;

/** Some pieces, and what was written last for which numbers. */
class Chunk {
  readonly #pieces: readonly Piece[];
  readonly #values: Float64Array;
  #written = new Uint8Array(0);
  /** Of what was written; 0: nothing that is good. */
  #length = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
    this.#values = new Float64Array(pieces.length);
  }

  /** @param same the sample is that of the last time, as far as any value goes */
  render(sample: Sample, out: TextWriter, same: boolean): void {
    if (!same && this.#take(sample)) this.#length = 0;
    if (this.#length > 0) {
      out.raw(this.#written, 0, this.#length);
      return;
    }
    const from = out.length;
    for (const [i, { text, width }] of this.#pieces.entries()) {
      out.raw(text);
      out.number(this.#values[i] ?? 0, width);
    }
    this.#keep(out.bytes.subarray(from, out.length));
  }

  #keep(bytes: Uint8Array): void {
    if (this.#written.length < bytes.length) this.#written = new Uint8Array(bytes.length + WIDER);
    this.#written.set(bytes);
    this.#length = bytes.length;
  }

  /** Whether a number is another one than last time. What is unknown counts as 0, as it is printed. */
  #take(sample: Sample): boolean {
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
  /** What was written last. */
  #last: readonly unknown[] = [];

  constructor(chunks: readonly Chunk[], end: Uint8Array) {
    this.#chunks = chunks;
    this.#end = end;
  }

  /** Writes all lines of a sample. */
  render(sample: Sample, out: TextWriter): void {
    const { memory, hugePages, vm, host } = sample;
    const [lastMemory, lastHugePages, lastVm, lastSettings] = this.#last;
    // Each is another object once anything in it has changed.
    const same =
      memory === lastMemory &&
      hugePages === lastHugePages &&
      vm === lastVm &&
      host.settings === lastSettings;
    // Who fails in between has written some of it.
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

/** A function of a host's keys that lays each list out only once. */
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
