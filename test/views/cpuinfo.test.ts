import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cpuinfo } from '../../src/views/cpuinfo.ts';
import { hostFile } from '../helpers/captured.ts';
import { project } from '../helpers/project.ts';
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

/** What a container with so many CPUs sees of one with this clock. */
const seen = (i: number, count: number, mhz: string): string =>
  `processor\t: ${i}\nvendor_id\t: V\ncpu MHz\t\t: ${mhz}\nphysical id\t: 0\n` +
  `siblings\t: ${count}\ncore id\t\t: ${i}\ncpu cores\t: ${count}\napicid\t\t: ${i}\n` +
  `initial apicid\t: ${i}\nflags\t\t: fpu\npower management:\n\n`;

t.test('x86: renumbered as one socket', async (t) => {
  t.equal(show(host, [1, 3]), seen(0, 2, '1001.000') + seen(1, 2, '1003.000'));
});

t.test('a block with other lines than the one before it', async (t) => {
  const [first = '', second = '', third = ''] = [0, 1, 2].map(x86);
  const text = show(first + second.replace(/^core id.*\n/m, '') + third, [0, 1, 2]);
  t.strictSame(values(text, 'core id'), ['0', '2']);
  t.strictSame(values(text, 'siblings'), ['3', '3', '3']);
  t.strictSame(values(text, 'processor'), ['0', '1', '2']);
});

t.test('a block with more lines than the one before it', async (t) => {
  const [first = '', second = '', third = ''] = [4, 5, 6].map(x86);
  const text = show(first.replace(/^core id.*\n/m, '') + second + third, [4, 5, 6]);
  t.strictSame(values(text, 'core id'), ['1', '2']);
  t.strictSame(values(text, 'processor'), ['0', '1', '2']);
});

t.test('other numbers with more digits than in the block before, or fewer', async (t) => {
  const set = [8, 9, 10, 11];
  const mhz = ['800.1', '3200.123', '7.5', '123456789012.123'];
  const text = set.map((cpu, i) => x86(cpu).replace(/(?<=MHz\t\t: ).*/, mhz[i] ?? '')).join('');
  t.equal(show(text, set), mhz.map((each, i) => seen(i, 4, each)).join(''));
});

t.test('fewer CPUs than the set has', async (t) => {
  const text = show(host, [0, 1, 2, 3], 3);
  t.strictSame(values(text, 'processor'), ['0', '1', '2']);
  t.strictSame(values(text, 'siblings'), ['3', '3', '3']);
  t.strictSame(values(text, 'cpu cores'), ['3', '3', '3']);
});

t.test('all CPUs of one socket: the bytes of the host', async (t) => {
  const text = hostFile('v2', 'proc/cpuinfo');
  t.equal(show(text, [0, 1, 2, 3]), text);
});

t.test('arm64: only the number changes', async (t) => {
  const text = hostFile('arm64', 'proc/cpuinfo');
  t.equal(show(text, [0, 1, 2, 3]), text);
  const block = text.split(/(?<=\n\n)/)[2] ?? '';
  t.match(block, /^processor\t: 2\nBogoMIPS/);
  t.equal(show(text, [2]), block.replace('processor\t: 2', 'processor\t: 0'));
});

/** A sample of another architecture. */
const captured = (arch: string): string =>
  fs.readFileSync(join(project, 'test/fixtures/cpuinfo', arch), 'latin1');

/** Its paragraphs, each with the blank line that ends it. */
const paragraphs = (text: string): string[] => text.split(/(?<=\n\n)/);

for (const arch of fs.readdirSync(join(project, 'test/fixtures/cpuinfo'))) {
  t.test(`${arch}: as many processors as there are CPUs`, async (t) => {
    const text = captured(arch);
    const processors = (shown: string): string[] =>
      [...shown.matchAll(/^processor(?:\s*: (\d+)$| (\d+):)/gm)].map(
        (each) => each[1] ?? each[2] ?? '',
      );
    const here = processors(text).map(Number);
    t.ok(here.length >= 2);
    t.strictSame(processors(show(text, here)), here.map(String));
    t.strictSame(processors(show(text, here.slice(-1))), ['0']);
    if (arch !== 's390x') t.equal(show(text, here), text, "all of them: the host's bytes");
  });
}

t.test('s390x: the line and the block of a CPU, one book in one drawer', async (t) => {
  const [head = '', ...blocks] = paragraphs(captured('s390x'));
  const text = show(captured('s390x'), [1, 3]);
  const [shown = '', ...others] = paragraphs(text);
  t.equal(
    shown,
    head
      .replace('# processors    : 4', '# processors    : 2')
      .replace(/^processor [02].*\n/gm, '')
      .replace('processor 1:', 'processor 0:')
      .replace('processor 3:', 'processor 1:'),
  );
  t.match(shown, /^processor 1: version = 00, {2}identification = 300000, {2}machine = 8561\n$/m);
  t.equal(others.length, 2);
  t.equal(
    others[1],
    blocks[3]
      ?.replace(/^(cpu number|core id|address) ( *): 3$/gm, '$1 $2: 1')
      .replace(/^(physical|book|drawer) id ( *): 3$/gm, '$1 id $2: 0')
      .replace(/^(siblings|cpu cores) ( *): 1$/gm, '$1 $2: 2'),
  );
});

t.test('ppc64le: lines that belong to no CPU stay at the end', async (t) => {
  const [, , third = '', , rest = ''] = paragraphs(captured('ppc64le'));
  t.match(rest, /^timebase\t: 512000000\nplatform\t: pSeries\n/);
  t.equal(show(captured('ppc64le'), [2]), third.replace('processor\t: 2', 'processor\t: 0') + rest);
});

t.test('ppc64le: CPU numbers with gaps, as without SMT', async (t) => {
  const text = captured('ppc64le').replace(
    /^processor\t: (\d)$/gm,
    (_, cpu) => `processor\t: ${cpu * 8}`,
  );
  t.strictSame(values(show(text, [8, 24]), 'processor'), ['0', '1']);
});

t.test('riscv64: harts are numbered as CPUs', async (t) => {
  const text = show(captured('riscv64'), [1, 3]);
  t.strictSame(values(text, 'hart'), ['0', '1']);
  t.strictSame(values(text, 'mvendorid'), ['0x0', '0x0']);
});

t.test('32-bit arm: lines that belong to no CPU stay at the end', async (t) => {
  const [first = '', , rest = ''] = paragraphs(captured('arm'));
  t.match(rest, /^Hardware\t: Generic DT based system\nRevision/);
  t.equal(show(captured('arm'), [1]), first + rest);
});

/** As arch/loongarch/kernel/proc.c prints it. */
const loongarch = (cpu: number): string =>
  `processor\t\t: ${cpu}\npackage\t\t\t: ${cpu >> 1}\ncore\t\t\t: ${cpu & 1}\n` +
  `global_id\t\t: ${cpu}\nCPU Family\t\t: Loongson-64bit\nTLB Entries\t\t: 2112\n\n`;

t.test('loongarch64: lines that belong to no CPU stay at the beginning', async (t) => {
  const head = 'system type\t\t: generic-loongson-machine\n\n';
  const host = head + [0, 1, 2, 3].map(loongarch).join('');
  t.equal(show(host, [0, 1]), head + loongarch(0) + loongarch(1));
  t.strictSame(values(show(host, [2, 3]), 'package'), ['0', '0']);
  t.strictSame(values(show(host, [1, 3]), 'core'), ['0', '1']);
  t.strictSame(values(show(host, [1, 3]), 'TLB Entries'), ['2112', '2112']);
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

t.test('a CPU without a block (offline since) has the first block', async (t) => {
  const text = show(host, [1, 9]);
  t.strictSame(values(text, 'processor'), ['0', '1']);
  t.strictSame(values(text, 'cpu MHz'), ['1001.000', '1000.000']);
});

t.test('an unknown format is an error, not an empty file', async (t) => {
  t.throws(() => show('', [0]), /no block/);
  t.throws(() => show('cpu: 0\n\n', [0]), /no block/);
});
