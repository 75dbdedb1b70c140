/**
 * Sets of CPUs as the kernel prints them. Documentation/core-api/printk-formats.rst (%*pb, %*pbl).
 * @module
 */

/** A list such as `0-3,7`, of CPUs in ascending order. */
export function formatCpuList(cpus: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const cpu of cpus) {
    const range = ranges.at(-1);
    if (range && range[1] === cpu - 1) range[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join();
}

const DIGIT_BITS = 4;
/** Hexadecimal digits between two commas. */
const WORD_DIGITS = 8;

/** A mask such as `00000000,0000000f`, as wide as the host's. */
export function formatCpuMask(cpus: readonly number[], like: string): string {
  const width = like.trim().replaceAll(',', '').length;
  const digits = new Uint8Array(width);
  for (const cpu of cpus) {
    const at = width - 1 - Math.floor(cpu / DIGIT_BITS);
    if (at < 0) throw new RangeError(`CPU ${cpu} does not fit a mask of ${width} digits`);
    digits[at] = (digits[at] ?? 0) | (1 << (cpu % DIGIT_BITS));
  }
  const text = [...digits].map((digit) => digit.toString(16)).join('');
  const words: string[] = [];
  for (let end = width; end > 0; end -= WORD_DIGITS) {
    words.unshift(text.slice(Math.max(0, end - WORD_DIGITS), end));
  }
  return words.join();
}

/** The numbers of the CPUs that a container sees. */
export const visibleCpus = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
