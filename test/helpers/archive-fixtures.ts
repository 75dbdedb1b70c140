/**
 * `npm run fixtures`: unpacks or archives the captured hosts of test/fixtures.
 *
 *     npm run fixtures                      unpacks all archives, and prints where
 *     npm run fixtures -- pack v1           archives test/fixtures/build/v1 as test/fixtures/v1.txt
 *     npm run fixtures -- pack v1 DIRECTORY
 */
import { join } from 'node:path';
import { archives, pack, unpacked } from './fixtures.ts';
import { project } from './project.ts';

const [command, host, directory] = process.argv.slice(2);
if (command === 'pack' && host !== undefined) {
  pack(host, directory ?? join(project, 'test/fixtures/build', host));
} else if (command !== undefined) {
  process.stderr.write('usage: npm run fixtures [-- pack HOST [DIRECTORY]]\n');
  process.exitCode = 2;
} else {
  for (const name of archives) process.stdout.write(`${name}: ${unpacked(name)}\n`);
}
