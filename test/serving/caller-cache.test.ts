import { type ChildProcess, spawn } from 'node:child_process';
import t from 'tap';
import type { Container } from '../../src/containers/container.ts';
import { Residents } from '../../src/serving/caller-cache.ts';
import type { Renderer } from '../../src/serving/renderer.ts';
import type { Switches } from '../../src/switches/store.ts';

/** Each process is in a container of its own, named by its pid. */
const renderer = {
  resolver: {
    proc: { root: '/proc' },
    resolve: (pid: number) => ({ key: `/${pid}:1`, id: String(pid), directory: '/', inode: 1 }),
  },
  sampler: () => ({}),
} as unknown as Renderer;

t.test('a container is announced once no first reader waits', async (t) => {
  const child: ChildProcess = spawn('sleep', ['60']);
  t.teardown(() => child.kill());
  const [first, second] = [process.pid, child.pid ?? 0];
  const announced: string[] = [];
  const residents = new Residents({
    renderer,
    switches: {} as Switches,
    announce: ({ id }: Container) => announced.push(id),
    closed: () => undefined,
  });
  t.equal(residents.of(first)?.container.id, String(first));
  t.equal(residents.of(second)?.container.id, String(second));
  t.same(announced, [], 'both have just come');
  residents.of(first);
  t.same(announced, [String(first), String(second)], 'one of them reads again');
  residents.of(second);
  t.equal(announced.length, 2, 'each once');
});
