import { type ChildProcess, spawn } from 'node:child_process';
import t from 'tap';
import type { Container } from '../../src/containers/container.ts';
import { CallerCache } from '../../src/serving/caller-cache.ts';
import type { Renderer } from '../../src/serving/renderer.ts';
import type { Switches } from '../../src/switches/store.ts';

/** A fake that puts each process into a container of its own, with its pid as name. */
const renderer = {
  resolver: {
    proc: { root: '/proc' },
    resolve: (pid: number) => ({ key: `/${pid}:1`, id: String(pid), directory: '/', inode: 1 }),
  },
  sampler: () => ({}),
} as unknown as Renderer;

t.test('a container is announced when a known thread reads, not to its first reader', async (t) => {
  const child: ChildProcess = spawn('sleep', ['60']);
  t.teardown(() => child.kill());
  const [first, second] = [process.pid, child.pid ?? 0];
  const announced: string[] = [];
  const cache = new CallerCache({
    renderer,
    switches: {} as Switches,
    onNew: ({ id }: Container) => announced.push(id),
    onClosed: () => undefined,
  });
  t.equal(cache.containerOf(first)?.container.id, String(first));
  t.equal(cache.containerOf(second)?.container.id, String(second));
  t.same(announced, [], 'both are new');
  cache.containerOf(first);
  t.same(announced, [String(first), String(second)], 'one of them reads again');
  cache.containerOf(second);
  t.equal(announced.length, 2, 'each one once');
});
