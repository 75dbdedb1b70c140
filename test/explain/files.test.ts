import t from 'tap';
import { Captured } from '../helpers/captured.ts';
import { explained } from './explained.ts';

t.test('disks: each column with the cgroup that counts it', async (t) => {
  const at = '/tenants/lxc.payload.limited';
  const v2 = explained(new Captured('v2', t.testdir({})), 'limited', 'diskstats');
  t.equal(v2.get('reads completed'), `reads completed 12 = io.stat rios at ${at}`);
  t.match(v2.get('major, minor, name'), / 254 0 vda = the host's line/);
  const v1 = explained(new Captured('v1', t.testdir({})), 'limited', 'diskstats');
  t.match(v1.get('sectors read'), `blkio.throttle.io_service_bytes Read / 512 at ${at}`);
});

t.test('pressure: with a v2 tree and without one', async (t) => {
  const at = '/tenants/lxc.payload.limited';
  const v2 = explained(new Captured('v2', t.testdir({})), 'limited', 'pressure/cpu');
  t.match(v2.get('some'), ` = cpu.pressure at ${at}`);
  const v1 = explained(new Captured('v1', t.testdir({})), 'limited', 'pressure/cpu');
  t.match(v1.get('some'), / total=0 = 0, the container has no cgroup of its own that counts it$/);
});

t.test('swaps and uptime: values found by their pattern', async (t) => {
  const v1 = new Captured('v1', t.testdir({}));
  const swaps = explained(v1, 'swap', 'swaps');
  t.match(swaps.get('Size'), 'Size 24576 kB = SwapTotal of meminfo');
  t.match(
    explained(v1, 'limited', 'uptime').get('uptime'),
    /^uptime [\d.]+ s = now - start of pid/,
  );
});

t.test('an entry without a line in the file is explained too', async (t) => {
  const over = explained(new Captured('v2', t.testdir({})), 'over', 'swaps');
  t.match(over.get('Size'), 'Size (no line) = SwapTotal of meminfo; no line if it is 0');
});
