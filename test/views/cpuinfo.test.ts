import t from 'tap';
import { cpuinfo } from '../../src/views/cpuinfo.ts';
import { hostFile } from '../captured.ts';
import { render, sample } from './samples.ts';

const show = (text: string, set: readonly number[], count = set.length): string =>
  render(cpuinfo, sample({ files: { cpuinfo: text }, cpus: { set, count } }), 4 << 20);

/** Values of a key, one for each block that has it. */
const values = (text: string, key: string): string[] =>
  [...text.matchAll(new RegExp(`^${key}\\t+: (.*)$`, 'gm'))].map((match) => match[1] ?? '');

/** A block of two sockets with two cores each: as on x86. */
const x86 = (cpu: number): string =>
  `processor\t: ${cpu}\nvendor_id\t: V\ncpu MHz\t\t: 100${cpu}.000\nphysical id\t: ${cpu >> 1}\n` +
  `siblings\t: 2\ncore id\t\t: ${cpu & 1}\ncpu cores\t: 2\napicid\t\t: ${cpu * 2}\n` +
  `initial apicid\t: ${cpu * 2}\nflags\t\t: fpu\npower management:\n\n`;

const host = [0, 1, 2, 3].map(x86).join('');

t.test('x86: renumbered, as one socket', async (t) => {
  const text = show(host, [1, 3]);
  t.equal(
    text,
    [0, 1]
      .map(
        (i) =>
          `processor\t: ${i}\nvendor_id\t: V\ncpu MHz\t\t: 100${i * 2 + 1}.000\nphysical id\t: 0\n` +
          `siblings\t: 2\ncore id\t\t: ${i}\ncpu cores\t: 2\napicid\t\t: ${i}\n` +
          `initial apicid\t: ${i}\nflags\t\t: fpu\npower management:\n\n`,
      )
      .join(''),
  );
});

t.test('fewer CPUs than the set has', async (t) => {
  const text = show(host, [0, 1, 2, 3], 3);
  t.strictSame(values(text, 'processor'), ['0', '1', '2']);
  t.strictSame(values(text, 'siblings'), ['3', '3', '3']);
  t.strictSame(values(text, 'cpu cores'), ['3', '3', '3']);
});

t.test('all CPUs of one socket: the bytes of the host', async (t) => {
  const captured = hostFile('v2', 'proc/cpuinfo');
  t.equal(show(captured, [0, 1, 2, 3]), captured);
});

t.test('arm64: only the number is ours', async (t) => {
  const captured = hostFile('arm64', 'proc/cpuinfo');
  t.equal(show(captured, [0, 1, 2, 3]), captured);
  const block = captured.split(/(?<=\n\n)/)[2] ?? '';
  t.match(block, /^processor\t: 2\nBogoMIPS/);
  t.equal(show(captured, [2]), block.replace('processor\t: 2', 'processor\t: 0'));
});

t.test('32-bit arm: what belongs to no CPU stays at the end', async (t) => {
  const tail = 'Hardware\t: BCM2835\nRevision\t: a02082\nSerial\t\t: 0\n';
  const blocks = [0, 1].map((cpu) => `processor\t: ${cpu}\nmodel name\t: ARMv7\n\n`);
  t.equal(show(blocks.join('') + tail, [1]), blocks[0] + tail);
});

t.test('1024 CPUs', async (t) => {
  const all = Array.from({ length: 1024 }, (_, cpu) => cpu);
  const text = show(all.map(x86).join(''), all);
  t.strictSame(values(text, 'processor'), all.map(String));
  t.strictSame(new Set(values(text, 'siblings')), new Set(['1024']));
  t.equal(
    values(show(all.map(x86).join(''), all.slice(512), 7), 'core id').join(),
    '0,1,2,3,4,5,6',
  );
});

t.test('a CPU without a block (offline since) stands on the first one', async (t) => {
  const text = show(host, [1, 9]);
  t.strictSame(values(text, 'processor'), ['0', '1']);
  t.strictSame(values(text, 'cpu MHz'), ['1001.000', '1000.000']);
});

t.test('an unknown format is an error, not an empty file', async (t) => {
  t.throws(() => show('', [0]), /no block/);
  t.throws(() => show('cpu: 0\n\n', [0]), /no block/);
});
