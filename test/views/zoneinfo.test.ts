import t from 'tap';
import { keysOf } from '../../src/sampling/host.ts';
import { zoneinfo } from '../../src/views/zoneinfo.ts';
import { hostFile } from '../helpers/captured.ts';
import { type Given, render, sample } from './samples.ts';

/** A view of a captured host's file, with its vmstat keys. */
function show(text: string, given: Given = {}, keys: readonly string[] = []): string {
  const host = { ...given.host, vmstatKeys: keys };
  return render(zoneinfo, sample({ ...given, host, files: { zoneinfo: text } }));
}

const captured = hostFile('v2', 'proc/zoneinfo');
const keys = keysOf(hostFile('v2', 'proc/vmstat'));

const value = (text: string, key: string): number =>
  Number(new RegExp(`^ +(?:pages )?${key} +(\\d+)$`, 'm').exec(text)?.[1]);

t.test('one node with one zone of the container’s size', async (t) => {
  const text = show(captured, { memory: { total: 65536, free: 1024, anon: 400 } }, keys);
  t.match(text, /^Node 0, zone {4}DMA32\n {2}per-node stats\n {6}nr_inactive_anon 0\n/);
  t.equal(text.match(/^Node/gm)?.length, 1);
  for (const key of ['spanned', 'present', 'managed']) t.equal(value(text, key), 16384, key);
  for (const key of ['free', 'nr_free_pages']) t.equal(value(text, key), 256, key);
  for (const key of ['min', 'low', 'high', 'boost', 'cma']) t.equal(value(text, key), 0, key);
  t.equal(value(text, 'nr_anon_pages'), 100);
  t.match(text, /\n {8}protection: \(0, 0, 0, 0, 0\)\n/);
  t.match(text, /\n {2}node_unreclaimable: {2}0\n {2}start_pfn: {11}0\n$/);
});

t.test('one page set for each CPU', async (t) => {
  const text = show(captured, { cpus: { count: 3, set: [0, 1, 3] } });
  t.strictSame(
    [...text.matchAll(/^ {4}cpu: (\d+)$/gm)].map((match) => match[1]),
    ['0', '1', '2'],
  );
  t.equal(text.match(/^ {14}high: {2}0$/gm)?.length, 3);
  t.equal(text.match(/^ {2}vm stats threshold: 0$/gm)?.length, 3);
});

t.test('counters of memory.stat, as in vmstat', async (t) => {
  const events = new Float64Array(keys.length);
  events[keys.indexOf('workingset_refault_anon')] = 77;
  const text = show(captured, { vm: { events } }, keys);
  t.equal(value(text, 'workingset_refault_anon'), 77);
  t.equal(value(text, 'numa_hit'), 0, 'which no cgroup has');
});

t.test('the largest zone of two nodes gives the name', async (t) => {
  const zone = (node: number, name: string, managed: number): string =>
    `Node ${node}, zone ${name.padStart(8)}\n  pages free     9\n        managed  ${managed}\n` +
    '        protection: (0, -1)\n  pagesets\n    cpu: 0\n              count: 9\n  start_pfn:           9\n';
  const text = show(zone(0, 'DMA', 3) + zone(0, 'Normal', 7) + zone(1, 'Normal', 5));
  t.match(
    text,
    /^Node 0, zone {3}Normal\n {2}pages free {5}0\n {8}managed {2}0\n {8}protection: \(0, 0\)\n/,
  );
  t.match(text, /\n {2}pagesets\n {4}cpu: 0\n {14}count: 0\n {2}start_pfn: {11}0\n$/);
  t.match(show(zone(0, 'DMA', 3) + zone(1, 'Normal', 5)), /^Node 0, zone {3}Normal\n/, 'of node 1');
});

t.test('a line without a key, as 4.14 and its stable releases print', async (t) => {
  const odd = captured.replace('      nr_mapped', `      ${' '.repeat(12)} 12345\n      nr_mapped`);
  const text = show(odd);
  t.match(text, /^ {19}0$/m);
  t.notMatch(text, '12345');
});

t.test('an unknown format is an error, not an empty file', async (t) => {
  t.throws(() => show(''), /no zone/);
  t.throws(() => show('Node 0, zone DMA\n  pages lost 3\n'), /no zone/);
});
