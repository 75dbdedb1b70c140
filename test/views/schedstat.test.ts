import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { CpuTimesSample } from '../../src/sampling/sample.ts';
import { schedstat } from '../../src/views/schedstat.ts';
import { hostFile } from '../helpers/captured.ts';
import { project } from '../helpers/project.ts';
import { render, sample } from './samples.ts';

const show = (text: string, times: Partial<CpuTimesSample> = {}): string =>
  render(schedstat, sample({ files: { schedstat: text }, times }));

const captured = (kernel: string): string =>
  fs.readFileSync(join(project, 'test/fixtures/kernels', kernel, 'schedstat'), 'latin1');

const VERSIONS: Readonly<Record<string, string>> = {
  15: hostFile('v2', 'proc/schedstat'),
  16: captured('6.12'),
  17: captured('7.2'),
};

for (const [version, text] of Object.entries(VERSIONS)) {
  t.test(`version ${version}: run time of the visible CPUs, no domains`, async (t) => {
    const times = {
      count: 2,
      user: (cpu: number) => 1_000_000.75 * (cpu + 1),
      nice: () => 20,
      system: () => 3.5,
    };
    const timestamp = /^timestamp \d+$/m.exec(text)?.[0];
    t.match(text, /^domain/m);
    t.equal(
      show(text, times),
      `version ${version}\n${timestamp}\ncpu0 0 0 0 0 0 0 1000024000 0 0\ncpu1 0 0 0 0 0 0 2000025000 0 0\n`,
    );
  });
}

t.test('nothing used', async (t) => {
  t.match(show('version 15\ntimestamp 1\n'), /\ncpu0 0 0 0 0 0 0 0 0 0\n$/);
});

t.test('centuries, exactly', async (t) => {
  t.match(
    show('version 15\ntimestamp 1\n', { user: () => 2 ** 52 + 1 }),
    / 4503599627370497000 0 0\n$/,
  );
});

t.test('an unknown version is an error', async (t) => {
  t.throws(() => show('version 18\ntimestamp 1\n'), /version/);
  t.throws(() => show(''), /version/);
});
