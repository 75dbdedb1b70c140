/** The score that systemd-analyze gives the unit. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const unit = join(import.meta.dirname, '../../../systemd/procview.service');

/** systemd-analyze reads units without a running systemd since 250; null if there is none. */
function analyze(...options: string[]): string | null {
  const command = ['security', '--offline=true', '--no-pager', ...options, unit];
  const { status, stdout } = spawnSync('systemd-analyze', command, { encoding: 'utf8' });
  return status === 0 ? stdout : null;
}

const text = analyze();
const json = analyze('--json=short');
const skip =
  (text === null || json === null) && 'no systemd-analyze that reads units offline (250)';

t.test('its exposure is under 5.0', { skip }, async (t) => {
  const [, level] = /Overall exposure level for [^:]*: (\d+\.\d) /.exec(text ?? '') ?? [];
  t.ok(Number(level) < 5, `it is ${level}`);
});

t.test('the unit names each directive that it does not set', { skip }, async (t) => {
  const lines = JSON.parse(json ?? '[]') as { set: boolean | null; name: string }[];
  const open = lines.filter(({ set }) => set === false).map(({ name }) => name);
  t.ok(open.length > 10, 'some cannot be closed');
  const unitText = readFileSync(unit, 'utf8');
  for (const name of open) {
    const [directive = ''] = name.split('=');
    t.ok(unitText.includes(directive), name);
  }
});

t.test('no directive gives the service a mount namespace of its own', async (t) => {
  const text = readFileSync(unit, 'utf8');
  // Directives that imply one, systemd.exec(5).
  const implying =
    /^(Private(Mounts|Tmp|Devices|Network|IPC)|Protect(System|Home|Proc|ControlGroups|Kernel\w+)|ProcSubset|RootDirectory|(ReadOnly|ReadWrite|Inaccessible|Exec|NoExec)Paths|Bind(ReadOnly)?Paths|TemporaryFileSystem|MountFlags|DynamicUser)=/m;
  t.notMatch(text, implying);
});
