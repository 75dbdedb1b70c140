/** What a scan of all tasks takes: it is so seldom that no measurement of a minute would see it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Resolver } from '../../src/containers/resolve.ts';
import { Scanner, scanContainers } from '../../src/discovery/scan.ts';
import { usageOf } from '../harness/usage.ts';

/** ms in which its memory comes to rest. */
const REST = 5000;

function scan(scanner: Scanner): void {
  for (const _ of scanner.scan());
}

/** CPU time in us, where all containers are known and the last scan has told of the other tasks. */
export async function scanCost(resolver: Resolver, signal: AbortSignal): Promise<number> {
  const known = scanContainers(resolver).map((container) => [container.key, container] as const);
  const scanner = new Scanner(resolver, new Map(known));
  scan(scanner);
  await sleep(REST, undefined, { signal });
  const before = usageOf(process.pid).cpu;
  scan(scanner);
  return usageOf(process.pid).cpu - before;
}
