/**
 * What commands are about: a container and a file, as a user names them.
 * @module
 */

import { UserError } from '../base/user-error.ts';
import type { Container } from '../containers/container.ts';
import { MetadataReader } from '../containers/metadata.ts';
import { scanContainers } from '../discovery/scan.ts';
import type { Renderer } from '../serving/renderer.ts';
import { views } from '../views/registry.ts';
import type { View } from '../views/view.ts';

/** Describes the argument that names a container. */
export const CONTAINER = 'name, id, a unique beginning of it, or the pid of a process inside';

/** Describes the argument that names a file. */
export const FILES = `one of ${views.map(({ path }) => path.replace('proc/', '')).join(', ')}`;

/** Any unique end of a view's path names it, below /proc first: `meminfo`, `cpu/online`. */
export function findView(name: string): View {
  const wanted = name.replace(/^\/+/, '');
  const exact = views.filter(({ path }) => path === wanted || path === `proc/${wanted}`);
  const ends = views.filter(({ path }) => path.endsWith(`/${wanted}`));
  const found = exact.length > 0 ? exact : ends;
  if (found.length === 1 && found[0]) return found[0];
  const known = (found.length > 1 ? found : views).map(({ path }) => path).join(', ');
  throw new UserError(`no file ${name}: choose one of ${known}`);
}

/** A container by pid, id, name, or by a unique beginning of its id. Null: that pid is the host's. */
export function findContainer(renderer: Renderer, name: string): Container | null {
  if (/^\d{1,10}$/.test(name)) {
    const text = renderer.resolver.proc.cgroup(Number(name));
    if (text !== null) return renderer.resolver.resolve(Number(name), text);
  }
  const all = scanContainers(renderer.resolver);
  const metadata = new MetadataReader(renderer.roots.host);
  const ways: readonly ((container: Container) => boolean)[] = [
    ({ id }) => id === name,
    (container) => metadata.read(container).name === name,
    ({ id }) => id.startsWith(name),
  ];
  const found = ways.map((way) => all.filter(way)).find(({ length }) => length > 0) ?? [];
  if (found.length === 1 && found[0]) return found[0];
  if (found.length > 1) {
    throw new UserError(`${name} may be any of ${found.length} containers: give more of the id`);
  }
  throw new UserError(`no container or process ${name}: \`procview containers\` lists them`);
}
