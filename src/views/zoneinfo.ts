/**
 * /proc/zoneinfo: a machine of the container's size, with one node that has one zone. Keys and order are the host's.
 * mm/vmstat.c (zoneinfo_show), Documentation/admin-guide/sysctl/vm.rst (lowmem_reserve_ratio).
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import { type Layout, type Line, layOut, type Value } from './lines.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';
import { vmFigure } from './vmstat.ts';

const pages =
  (name: 'total' | 'free'): Value =>
  ({ memory, host }) =>
    (memory[name] * 1024) / host.pageSize;

/** Keys of a zone that /proc/vmstat does not have. All other keys without a value are 0. */
const ZONE: Readonly<Record<string, Value>> = {
  free: pages('free'),
  spanned: pages('total'),
  present: pages('total'),
  managed: pages('total'),
};

const origin = (key: string, from: string): Origin => ({ key, v1: from, v2: from });

const FIELDS: readonly Origin[] = [
  origin('Node, zone', "node 0 with one zone, named as the host's largest"),
  { ...origin('pages free', 'MemFree of meminfo, in pages'), at: /pages free +(\d+)/ },
  origin('spanned, present, managed', 'MemTotal of meminfo, in pages'),
  origin('boost, min, low, high, promo, protection', '0: a cgroup has no watermarks'),
  origin('cpu', 'one for each CPU line of stat; its page sets are empty'),
  origin('*', 'the figure of the same key in vmstat, else 0'),
];

interface Template {
  /** The lines up to the page sets. */
  readonly head: Layout;
  /** The lines after `    cpu: N` of each CPU, with zeros; null if the host shows no page sets. */
  readonly pageset: Uint8Array | null;
  /** The lines after the page sets, with zeros. */
  readonly tail: Uint8Array;
}

const encoder = new TextEncoder();

const withZeros = (text: string): Uint8Array => encoder.encode(text.replace(/\d+$/gm, '0'));

/** Cuts text at the numbers that end its lines. 4.14 has a line without a key. */
function linesOf(text: string, keys: readonly string[]): Line[] {
  const lines: Line[] = [];
  let from = 0;
  for (const match of text.matchAll(/^ +(?:pages )?(\w*) +(\d+)$/gm)) {
    const [line, key = '', number = ''] = match;
    const to = match.index + line.length;
    const before = text.slice(from, to - number.length);
    lines.push({
      before,
      width: 0,
      after: '',
      value: ZONE[key] ?? vmFigure(key, keys.indexOf(key)),
    });
    from = to;
  }
  return lines.map((line, i) =>
    i === lines.length - 1 ? { ...line, after: text.slice(from) } : line,
  );
}

const NODE_STATS = / {2}per-node stats\n(?: {6}.*\n)+/;

/** Inserts the node's figures, which the kernel prints in its first zone, into this one. */
function withNodeStats(text: string, zone: string): string {
  const stats = NODE_STATS.exec(text)?.[0] ?? '';
  return zone.replace(NODE_STATS, '').replace('\n', `\n${stats}`);
}

/** The zone with the most pages. */
function largestZone(text: string): string {
  const zones = text.split(/^(?=Node \d)/m).filter((each) => /, zone /.test(each));
  const size = (zone: string): number => Number(/^ +managed +(\d+)$/m.exec(zone)?.[1] ?? -1);
  const [largest = ''] = zones.sort((a, b) => size(b) - size(a));
  if (size(largest) < 0) throw new Error('zoneinfo: unknown format, no zone was found');
  return largest
    .replace(/^Node \d+/, 'Node 0')
    .replace(/\(.*\)/, (each) => each.replace(/-?\d+/g, '0'));
}

function parse(text: string, keys: readonly string[]): Template {
  const zone = largestZone(text);
  const settings = zone.search(/^ {2}\w+:/m);
  const end = settings < 0 ? zone.length : settings;
  const [head = '', pageset] = zone.slice(0, end).split(/^ {4}cpu: \d+/m);
  return {
    head: layOut(linesOf(withNodeStats(text, head), keys)),
    pageset: pageset === undefined ? null : withZeros(pageset),
    tail: withZeros(zone.slice(end)),
  };
}

/** The keys of a kernel do not change while it runs. */
const templates = new WeakMap<readonly string[], Template>();

function templateOf({ files, vmstatKeys }: Sample['host']): Template {
  const known = templates.get(vmstatKeys);
  if (known) return known;
  const template = parse(new TextDecoder('latin1').decode(files.zoneinfo.bytes), vmstatKeys);
  templates.set(vmstatKeys, template);
  return template;
}

function render(sample: Sample, out: TextWriter): void {
  const { head, pageset, tail } = templateOf(sample.host);
  head.render(sample, out);
  for (let cpu = 0; pageset !== null && cpu < sample.cpus.count; cpu++) {
    out.text('    cpu: ');
    out.number(cpu);
    out.raw(pageset);
  }
  out.raw(tail);
}

export const zoneinfo: View = {
  path: 'proc/zoneinfo',
  needs: ['vm', 'cpus', 'zoneinfo'],
  fields: FIELDS,
  render,
};
