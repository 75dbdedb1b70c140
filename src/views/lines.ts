/**
 * Files that are one `key number` a line: laid out once for a host's keys, then rendered by copying the
 * fixed text and writing the numbers between.
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';

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

export interface Layout {
  readonly pieces: readonly Piece[];
  readonly end: Uint8Array;
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
  return { pieces, end: encoder.encode(text) };
}

/** Writes all lines of a sample. */
export function renderLines({ pieces, end }: Layout, sample: Sample, out: TextWriter): void {
  for (const { text, width, value } of pieces) {
    out.raw(text);
    out.number(value(sample), width);
  }
  out.raw(end);
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
