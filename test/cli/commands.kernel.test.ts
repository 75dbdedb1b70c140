import t from 'tap';
import { procview, refused } from './run.ts';

t.setTimeout(120_000);

const root = process.getuid?.() === 0;

t.test('serve: where it cannot mount', { skip: !root && 'needs root' }, async (t) => {
  const dir = t.testdir({ file: '', mnt: {}, state: {} });
  const serve = (...args: string[]) => procview('serve', '--state', `${dir}/state`, ...args);
  refused(t, await serve('--mount', `${dir}/none`), `mount point ${dir}/none does not exist`);
  refused(t, await serve('--mount', `${dir}/file`), `mount point ${dir}/file is not a directory`);
  const noProc = await serve('--mount', `${dir}/mnt`, '--proc-root', '/nonexistent');
  refused(t, noProc, /\/nonexistent\/self\/mountinfo: cannot read/);
  const taken = await serve('--mount', `${dir}/mnt`, '--state', `${dir}/file/state`);
  refused(t, taken, /ENOTDIR/);
});
