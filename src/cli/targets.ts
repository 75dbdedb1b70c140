/**
 * Containers and files, as a user names them on the command line.
 * @module
 */

import { UserError } from '../base/user-error.ts';
import { MetadataReader } from '../containers/metadata.ts';
import type { ContainerList } from '../discovery/find-container.ts';
import { scanContainers } from '../discovery/scan.ts';
import type { Renderer } from '../serving/renderer.ts';
import { views } from '../views/registry.ts';
import type { View } from '../views/view.ts';

/** Describes the argument that names a file. */
export const FILES = `one of ${views.map(({ path }) => path.replace('proc/', '')).join(', ')}`;

/** The view whose path ends so, below /proc first: `meminfo`, `cpu/online`. Throws UserError if none or several do. */
export function findView(name: string): View {
  const wanted = name.replace(/^\/+/, '');
  const exact = views.filter(({ path }) => path === wanted || path === `proc/${wanted}`);
  const ends = views.filter(({ path }) => path.endsWith(`/${wanted}`));
  const found = exact.length > 0 ? exact : ends;
  if (found.length === 1 && found[0]) return found[0];
  const choices = (found.length > 1 ? found : views).map(({ path }) => path).join(', ');
  throw new UserError(`no file ${name}: choose one of ${choices}`);
}

/** The containers of this node, as `findContainer` takes them. */
export function containerList({ resolver, roots }: Renderer): ContainerList {
  const metadata = new MetadataReader(roots.host);
  return {
    resolver,
    scan: () => scanContainers(resolver),
    nameOf: (container) => metadata.read(container).name,
  };
}
