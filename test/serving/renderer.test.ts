/**
 * Readers with the personality of 32-bit tasks. Only an arm64 kernel has another text for them. This test uses the
 * captured tree of one; its cpuinfo is a link to the personality with which it is read.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { configSchema } from '../../src/config/schema.ts';
import { Renderer } from '../../src/serving/renderer.ts';
import { cpuinfo } from '../../src/views/cpuinfo.ts';
import { stat } from '../../src/views/stat.ts';
import { TextWriter } from '../../src/views/text.ts';
import { rootsOf } from '../helpers/captured.ts';

const [TASK_32, TASK_64, UNREADABLE] = [32, 64, 65];

const { proc, ...others } = rootsOf('arm64');
const root = t.testdir({ state: {} });
const copy = join(root, 'proc');
fs.cpSync(proc, copy, { recursive: true, verbatimSymlinks: true });
fs.rmSync(join(copy, 'cpuinfo'));
fs.symlinkSync('/proc/thread-self/personality', join(copy, 'cpuinfo'));
for (const pid of [TASK_32, TASK_64, UNREADABLE]) fs.mkdirSync(join(copy, String(pid)));
fs.writeFileSync(join(copy, `${TASK_32}/personality`), '00400008\n');
fs.writeFileSync(join(copy, `${TASK_64}/personality`), '00400000\n');

const roots = { ...others, proc: copy };
const renderer = new Renderer(
  configSchema.parse({ state: join(root, 'state'), roots }),
  'exclusive',
);

const { arch } = process;
const onArch = (name: string): void => {
  Object.defineProperty(process, 'arch', { value: name });
};
t.teardown(() => onArch(arch));

t.test('the text for 32-bit tasks: on arm64, in cpuinfo, by personality', async (t) => {
  onArch('arm64');
  t.equal(renderer.isLinux32(cpuinfo, TASK_32), true);
  t.equal(renderer.isLinux32(cpuinfo, TASK_64), false);
  t.equal(renderer.isLinux32(cpuinfo, UNREADABLE), false, 'no error');
  t.equal(renderer.isLinux32(stat, TASK_32), false);
  onArch('x64');
  t.equal(renderer.isLinux32(cpuinfo, TASK_32), false);
});

t.test(
  "the host's bytes and the copy for views are read with the caller's personality",
  async (t) => {
    const out = new TextWriter(new Uint8Array(64));
    const shown = (): string => Buffer.from(out.bytes.subarray(0, out.length)).toString('latin1');
    renderer.renderHost(cpuinfo, out, true);
    t.equal(shown(), '00000008\n');
    renderer.renderHost(cpuinfo, out);
    t.not(shown(), '00000008\n');
    const file = (linux32: boolean): string =>
      Buffer.from(renderer.host.file('cpuinfo', 0, linux32).bytes).toString('latin1');
    t.equal(file(true), '00000008\n');
    t.not(file(false), '00000008\n', 'two copies');
  },
);
