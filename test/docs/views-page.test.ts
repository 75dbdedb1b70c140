import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { systemCallsPage } from '../../docs/differences.ts';
import { viewsPage } from '../../docs/views-page.ts';
import { views } from '../../src/views/registry.ts';
import type { Origin } from '../../src/views/view.ts';
import { project } from '../helpers/project.ts';

t.test('docs/views.md is what the tables of the views say today', async (t) => {
  const written = fs.readFileSync(join(project, 'docs/views.md'), 'utf8');
  t.ok(written === viewsPage(views), 'docs/views.md is stale: run `npm run docs` and commit it');
});

t.test('and so is docs/system-calls.md', async (t) => {
  const written = fs.readFileSync(join(project, 'docs/system-calls.md'), 'utf8');
  t.ok(written === systemCallsPage(), 'it is stale: run `npm run docs` and commit it');
});

/** The page of one file with these lines. */
const pageOf = (...fields: Origin[]): string =>
  viewsPage([{ path: 'proc/x', needs: [], fields, render: () => {} }]).split('## /proc/x\n')[1] ??
  '';

t.test('a row for each key, without the columns that nobody needs', async (t) => {
  t.equal(
    pageOf({ key: 'Plain', v1: 'memory.stat a', v2: 'memory.stat b' }),
    [
      ...['', '| key | cgroup v1 | cgroup v2 |', '| --- | --- | --- |'],
      ...['| `Plain` | memory.stat a | memory.stat b |', ''],
    ].join('\n'),
  );
});

t.test('kernels, absence, difference, units, and the rule for other keys', async (t) => {
  const page = pageOf(
    { key: 'New', unit: 'pages', v1: '0', v2: 'memory.stat new', since: { v1: '6.7', v2: '5.12' } },
    { key: '*', v1: '0', v2: '0', absent: "the host's", differs: 'a lower bound' },
  );
  t.match(page, '| `New`, pages | 0 | memory.stat new | 6.7 on v1, 5.12 on v2 |  |  |\n');
  t.match(page, "| *any other* | 0 | the same |  | the host's | a lower bound |\n");
});

t.test('what Markdown would swallow is escaped', async (t) => {
  const page = pageOf({ key: 'Huge', v1: 'hugetlb.<size>.max | x * y', v2: '0' });
  t.match(page, 'hugetlb.\\<size\\>.max \\| x \\* y');
});

t.test('files of one value share the table of their directory', async (t) => {
  const file = (name: string) => ({
    ...{ path: `sys/cpu/${name}`, needs: [], render: () => {} },
    fields: [{ key: name, v1: '0', v2: '1', since: { v1: '6.11', v2: '6.11' } }],
  });
  const page = viewsPage([file('online'), file('offline')]);
  t.equal(page.match(/^## /gm)?.length, 1);
  t.match(page, '## /sys/cpu\n');
  t.match(page, '| `online` | 0 | 1 | 6.11 |\n| `offline` | 0 | 1 | 6.11 |\n');
});
