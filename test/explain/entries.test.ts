/**
 * Every line that a container can read is documented: in its view's table, or by the table's rule for
 * all other keys.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Container } from '../../src/containers/container.ts';
import { entriesOf, linesByKey, originOf } from '../../src/explain/entries.ts';
import { views } from '../../src/views/registry.ts';
import type { View } from '../../src/views/view.ts';
import { Captured, hosts } from '../helpers/captured.ts';
import { readGolden } from '../helpers/golden.ts';
import { viewOf } from './explained.ts';

/** The golden file of a view; '' where the host's kernel has none. */
const golden = (host: string, container: Container, view: View): string =>
  readGolden(host, view).get(container.id) ?? '';

/** Keys of lines without an origin. A table of patterns covers all lines. */
function undocumented(body: string, { fields }: View): string[] {
  if (fields.some(({ at }) => at)) return [];
  return [...linesByKey(body).keys()].filter((key) => !originOf(fields, key));
}

/** All containers, with the name of their host. */
const all = (state: string): (readonly [host: string, container: Container])[] =>
  hosts.flatMap((host) =>
    new Captured(host, join(state, host)).containers.map((container) => [host, container] as const),
  );

/** Keys of this view whose pattern matches in none of its golden files. */
function empty(view: View, containers: ReturnType<typeof all>): string[] {
  const bodies = containers.map(([host, container]) => golden(host, container, view));
  if (bodies.every((body) => body === '')) return [];
  const lost = view.fields.filter(({ at }) => at && !bodies.some((body) => at.test(body)));
  return lost.map(({ key }) => key);
}

/** Lines under the rule for all other keys. */
function others(body: string, { fields }: View): [key: string, value: string][] {
  const lines = [...linesByKey(body)].filter(([key]) => originOf(fields, key)?.key === '*');
  return lines.map(([key, values]) => [key, values.join()]);
}

/** The counter of memory.stat by a key of vmstat, '0' if there is none. */
function counted(container: Container, key: string): string {
  const text = fs.readFileSync(join(container.directory, 'memory.stat'), 'latin1');
  const isV1 = /^total_/m.test(text);
  return new RegExp(`^${isV1 ? 'total_' : ''}${key} (\\d+)$`, 'm').exec(text)?.[1] ?? '0';
}

for (const host of hosts) {
  t.test(host, async (t) => {
    for (const container of new Captured(host, t.testdir({})).containers) {
      for (const view of views) {
        const missing = undocumented(golden(host, container, view), view);
        t.strictSame(missing, [], `${container.id}: ${view.path}`);
      }
      const meminfo = others(golden(host, container, viewOf('meminfo')), viewOf('meminfo'));
      const numbers = meminfo.map(([, value]) => value.replace(' kB', ''));
      t.strictSame([...new Set(numbers)], ['0'], `${container.id}: other keys of meminfo are 0`);
      const vmstat = others(golden(host, container, viewOf('vmstat')), viewOf('vmstat'));
      const wrong = vmstat.filter(([key, value]) => value !== counted(container, key));
      t.strictSame(wrong, [], `${container.id}: other keys of vmstat are memory.stat's`);
    }
  });
}

t.test('every pattern matches in some golden file', async (t) => {
  const state = t.testdir(Object.fromEntries(hosts.map((host) => [host, {}])));
  const containers = all(state);
  for (const view of views) t.strictSame(empty(view, containers), [], view.path);
});

t.test('an unknown key has the origin of all others; without one it is left out', async (t) => {
  const key = (name: string) => ({ key: name, v1: '0', v2: '0' });
  const body = 'Known: 1 kB\nNew: 2 kB\ncpu3 7\n';
  const keys = (...fields: ReturnType<typeof key>[]) =>
    entriesOf(body, fields).map((entry) => [entry.key, entry.value, entry.origin.key]);
  t.strictSame(keys(key('Known'), key('cpuN'), key('*')), [
    ...[
      ['Known', '1 kB', 'Known'],
      ['New', '2 kB', '*'],
    ],
    ['cpu3', '7', 'cpuN'],
  ]);
  t.strictSame(keys(key('Known')), [['Known', '1 kB', 'Known']]);
});
