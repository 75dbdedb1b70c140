/**
 * CPU lists as the kernel prints them: `0-3,7`. Documentation/core-api/printk-formats.rst (%*pbl).
 * @module
 */

/** No machine has more; a larger number is a malformed list. */
const MOST_CPUS = 65_536;

/** The CPUs of a list in ascending order; null if it is empty or malformed. */
export function parseCpuList(text: string): number[] | null {
  const cpus: number[] = [];
  for (const range of text.trim().split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range);
    if (!match) return null;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first || last >= MOST_CPUS) return null;
    for (let cpu = first; cpu <= last; cpu++) cpus.push(cpu);
  }
  return [...new Set(cpus)].sort((a, b) => a - b);
}
