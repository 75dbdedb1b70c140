/** CPU time of a scan of all tasks, which is too rare for a measurement of one minute. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Resolver } from '../../src/containers/resolve.ts';
import { Scanner, scanContainers } from '../../src/discovery/scan.ts';
import { usageOf } from '../harness/usage.ts';

/** Time for which the scanner is idle before the measured scan, ms. */
const IDLE = 5000;

function scan(scanner: Scanner): void {
  for (const _ of scanner.scan());
}

/** CPU time in us of a scan after all containers and other tasks are known. */
export async function scanCost(resolver: Resolver, signal: AbortSignal): Promise<number> {
  const known = scanContainers(resolver).map((container) => [container.key, container] as const);
  const scanner = new Scanner(resolver, new Map(known));
  scan(scanner);
  await sleep(IDLE, undefined, { signal });
  const before = usageOf(process.pid).cpu;
  scan(scanner);
  return usageOf(process.pid).cpu - before;
}
