/**
 * A program as there are many: asks Node for its CPUs, again and again, until stdin ends. The number must stay, their
 * times must grow.
 * @module
 */
import { cpus } from 'node:os';

const PAUSE_MS = 100;
const expected = Number(process.argv[2]);

let before = cpus();
let reads = 0;
let longest = 0;

function look(): void {
  const start = performance.now();
  const now = cpus();
  longest = Math.max(longest, (performance.now() - start) / 1000);
  reads++;
  if (now.length !== expected) process.stdout.write(`${now.length} CPUs, not ${expected}\n`);
  for (const [i, cpu] of now.entries()) {
    const [was, is] = [JSON.stringify(before[i]?.times), JSON.stringify(cpu.times)];
    const times = Object.entries(cpu.times) as [keyof typeof cpu.times, number][];
    const back = times.some(([name, time]) => time < (before[i]?.times[name] ?? 0));
    if (back) process.stdout.write(`runs backwards: cpu${i} ${was} ${is}\n`);
  }
  before = now;
}

const timer = setInterval(look, PAUSE_MS);
process.stdin.resume().on('end', () => {
  clearInterval(timer);
  process.stdout.write(`${JSON.stringify({ reads, longest })}\n`);
});
