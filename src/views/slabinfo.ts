/**
 * /proc/slabinfo: the container's own slab caches where the kernel exposes them (v1 before 5.9), else the two header
 * lines. mm/slab_common.c.
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';

const NEWLINE = 10;

const FIELDS: readonly Origin[] = [
  {
    key: '*',
    v1: "memory.kmem.slabinfo, which Linux 5.9 dropped; else the host's header alone",
    v2: "the host's header alone",
  },
];

function render({ host, slab }: Sample, out: TextWriter): void {
  if (slab !== '') {
    out.text(slab);
    return;
  }
  const { bytes } = host.files.slabinfo;
  const first = bytes.indexOf(NEWLINE) + 1;
  out.raw(bytes, 0, bytes.indexOf(NEWLINE, first) + 1);
}

export const slabinfo: View = {
  path: 'proc/slabinfo',
  mode: 0o400,
  needs: ['slab', 'slabinfo'],
  fields: FIELDS,
  render,
};
