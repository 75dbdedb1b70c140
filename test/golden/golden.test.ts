/**
 * Every view of every captured container, compared with the reviewed text in test/golden.
 * UPDATE_GOLDEN=1 writes the texts again: then review the difference.
 */
import t from 'tap';
import { Captured, hosts } from '../helpers/captured.ts';
import { fileOf, goldenFiles, readGolden, removeGolden, writeGolden } from '../helpers/golden.ts';

const update = process.env['UPDATE_GOLDEN'] === '1';

t.ok(hosts.length >= 5, 'there are captured hosts');
for (const host of hosts) {
  t.test(host, async (t) => {
    const captured = new Captured(host, t.testdir({}));
    const { containers, views } = captured;
    if (update) removeGolden(host);
    for (const view of views) {
      const bodies = new Map(
        containers.map((each) => [each.id, captured.render(each, view).toString('latin1')]),
      );
      if (update) writeGolden(host, view, bodies);
      const reviewed = readGolden(host, view);
      t.strictSame([...reviewed.keys()].sort(), [...bodies.keys()].sort(), `${fileOf(view)}: containers`);
      for (const [id, body] of bodies) t.equal(body, reviewed.get(id) ?? '', `${fileOf(view)} of ${id}`);
    }
    const files = views.map((view) => `${fileOf(view)}.txt`);
    t.strictSame(goldenFiles(host), files.sort(), 'one golden file for each view');
  });
}
