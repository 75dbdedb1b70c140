/**
 * CPU lists and masks as the kernel prints them: `0-3,7`, `0000008f`.
 * Documentation/core-api/printk-formats.rst (%*pbl, %*pb).
 * @module
 */

/** No machine has more CPUs: a list with a larger number is malformed. */
const MAX_CPUS = 65_536;

/** The CPUs of a list in ascending order; null if it is empty or malformed. */
export function parseCpuList(text: string): number[] | null {
  const cpus: number[] = [];
  for (const range of text.trim().split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range);
    if (!match) return null;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first || last >= MAX_CPUS) return null;
    for (let cpu = first; cpu <= last; cpu++) cpus.push(cpu);
  }
  return [...new Set(cpus)].sort((a, b) => a - b);
}

/** The CPUs of a mask in ascending order; none if it is malformed. */
export function parseCpuMask(text: string): number[] {
  const digits = text.trim().replaceAll(',', '');
  if (!/^[\da-f]+$/.test(digits) || digits.length * 4 > MAX_CPUS) return [];
  const cpus: number[] = [];
  for (let i = 0; i < digits.length; i++) {
    const digit = Number.parseInt(digits.at(-1 - i) ?? '', 16);
    for (let bit = 0; bit < 4; bit++) if (digit & (1 << bit)) cpus.push(4 * i + bit);
  }
  return cpus;
}
