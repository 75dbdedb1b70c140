/**
 * Every view of every captured container, compared with the reviewed text in test/golden.
 * UPDATE_GOLDEN=1 writes the texts anew: then review the difference.
 */
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { Captured, directoryOf, fileOf, hosts, project } from '../helpers/captured.ts';

const golden = join(project, 'test/golden');
const update = process.env['UPDATE_GOLDEN'] === '1';

/** Files of a host's golden tree. */
function goldenFiles(host: string): string[] {
  const root = join(golden, host);
  if (!fs.existsSync(root)) return [];
  const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((file) => join(file.parentPath, file.name).slice(root.length + 1)).sort();
}

function render(captured: Captured): Map<string, string> {
  const bodies = new Map<string, string>();
  for (const container of captured.containers) {
    for (const view of captured.views) {
      const name = join(directoryOf(container), fileOf(view));
      bodies.set(name, captured.render(container, view).toString('latin1'));
    }
  }
  return bodies;
}

function write(host: string, bodies: ReadonlyMap<string, string>): void {
  fs.rmSync(join(golden, host), { recursive: true, force: true });
  for (const [name, body] of bodies) {
    const file = join(golden, host, name);
    fs.mkdirSync(dirname(file), { recursive: true });
    fs.writeFileSync(file, body, 'latin1');
  }
}

t.ok(hosts.length >= 5, 'there are captured hosts');
for (const host of hosts) {
  t.test(host, async (t) => {
    const bodies = render(new Captured(host, t.testdir({})));
    if (update) write(host, bodies);
    t.strictSame(goldenFiles(host), [...bodies.keys()].sort(), 'one golden file for each view');
    for (const [name, body] of bodies) {
      const file = join(golden, host, name);
      if (fs.existsSync(file)) t.equal(body, fs.readFileSync(file, 'latin1'), name);
    }
  });
}
