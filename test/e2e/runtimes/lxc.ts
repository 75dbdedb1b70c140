/**
 * Containers by LXC.
 * @module
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cgroup, isV2 } from '../helpers/cgroup.ts';
import { settingsV1, settingsV2 } from '../helpers/cgroup-limits.ts';
import { output, run } from '../helpers/command.ts';
import { type ContainerOptions, FILES, type Started } from '../helpers/container-kind.ts';
import { Client, entryPoint, environment } from './client.ts';
import { binds, makeRoot } from './root.ts';

function limitLines({ limits = {} }: ContainerOptions): string[] {
  const [key, settings] = isV2 ? ['cgroup2', settingsV2(limits)] : ['cgroup', settingsV1(limits)];
  return settings.map(([, file, value]) => `lxc.${key}.${file} = ${value}`);
}

/** @param base directory of the root file system and of its mount point */
function configuration(options: ContainerOptions, base: string): string {
  const mounts = binds(options, FILES).map(({ source, destination }) => {
    const kind = fs.statSync(source).isDirectory() ? 'dir' : 'file';
    return `lxc.mount.entry = ${source} ${destination.slice(1)} none rbind,ro,create=${kind} 0 0`;
  });
  const lines = [
    ...(options.extra?.lxc ?? []),
    `lxc.rootfs.path = dir:${base}/root`,
    `lxc.rootfs.mount = ${base}/mounted`,
    'lxc.net.0.type = empty',
    // Without terminals the output of the entry point goes to the client.
    'lxc.tty.max = 0',
    'lxc.console.path = none',
    // A test machine has no AppArmor profiles loaded.
    'lxc.apparmor.profile = unconfined',
    'lxc.mount.auto = cgroup:mixed proc:mixed sys:mixed',
    ...mounts,
    ...limitLines(options),
    ...environment(options).map((each) => `lxc.environment = ${each}`),
  ];
  return `${lines.join('\n')}\n`;
}

export async function startLxc(options: ContainerOptions): Promise<Started> {
  const base = fs.mkdtempSync(join(tmpdir(), 'pvtest-lxc-'));
  const id = Cgroup.fresh().path.slice(1);
  const command = (name: string): string[] => [
    ...(options.within ?? []),
    ...[name, '-P', base, '-n', id],
  ];
  const stop = async (): Promise<void> => {
    await run([...command('lxc-stop'), '--kill']);
    for (const name of ['payload', 'monitor']) await new Cgroup(`/lxc.${name}.${id}`).remove();
    // LXC's clients move there when they end.
    new Cgroup('/lxc.pivot').removeEmpty();
    fs.rmSync(base, { recursive: true, force: true });
  };
  try {
    for (const name of [id, 'mounted']) fs.mkdirSync(join(base, name));
    makeRoot(join(base, 'root'), options);
    fs.writeFileSync(join(base, id, 'config'), configuration(options, base));
    const start = [...command('lxc-start'), '--foreground', '--', ...entryPoint(options)];
    const { printed } = await Client.run(start);
    const pid = Number(await output([...command('lxc-info'), '--pid', '--no-humanize']));
    const enter = (argv: readonly string[]): string[] => [...command('lxc-attach'), '--', ...argv];
    return { cgroup: Cgroup.of(pid), id, pid, printed, enter, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
