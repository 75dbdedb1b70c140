import t from 'tap';
import { slabinfo } from '../../src/views/slabinfo.ts';
import { render, sample } from './samples.ts';

const header = 'slabinfo - version: 2.1\n# name            <active_objs> <num_objs>\n';
const host = `${header}dentry 9 9 9\ninode 9 9 9\n`;

t.test("no caches of its own: the host's header", async (t) => {
  t.equal(render(slabinfo, sample({ files: { slabinfo: host } })), header);
});

t.test('its own caches, where the kernel exposes them', async (t) => {
  const slab = `${header}dentry 1 2 3\n`;
  t.equal(render(slabinfo, sample({ files: { slabinfo: host }, slab })), slab);
});

t.test("only root may read it, as the kernel's own file", async (t) => {
  t.equal(slabinfo.mode, 0o400);
});
