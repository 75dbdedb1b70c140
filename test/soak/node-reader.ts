/**
 * Calls os.cpus() of Node until stdin ends: the number of CPUs must not change, and their times must not decrease.
 * @module
 */
import { cpus } from 'node:os';

const PAUSE_MS = 100;
const expected = Number(process.argv[2]);

let before = cpus();
let reads = 0;
let longest = 0;

function check(): void {
  const start = performance.now();
  const now = cpus();
  longest = Math.max(longest, (performance.now() - start) / 1000);
  reads++;
  if (now.length !== expected) process.stdout.write(`${now.length} CPUs, not ${expected}\n`);
  for (const [i, cpu] of now.entries()) {
    const [was, is] = [JSON.stringify(before[i]?.times), JSON.stringify(cpu.times)];
    const times = Object.entries(cpu.times) as [keyof typeof cpu.times, number][];
    const decreased = times.some(([name, time]) => time < (before[i]?.times[name] ?? 0));
    if (decreased) process.stdout.write(`decreased: cpu${i} ${was} ${is}\n`);
  }
  before = now;
}

const timer = setInterval(check, PAUSE_MS);
process.stdin.resume().on('end', () => {
  clearInterval(timer);
  process.stdout.write(`${JSON.stringify({ reads, longest })}\n`);
});
