/**
 * The served tree of this host: the views that its kernel has files for, the overlays, the switches and the
 * parameters.
 * @module
 */

import type { NodeSpec } from '../native/session.ts';
import { parameterFiles } from '../parameters/files.ts';
import { HIDDEN_DIRECTORIES, SWITCH_FILES } from '../switches/files.ts';
import { treeOf } from '../tree/nodes.ts';
import { views } from '../views/registry.ts';
import type { View } from '../views/view.ts';
import type { Renderer } from './renderer.ts';
import { SYSCTL_DIRECTORY, SYSCTL_KEPT, sysctlLinks } from './sysctl-dir.ts';

/** The static tree of one session. It does not change as long as the session lives. */
export interface ServedTree {
  readonly nodes: readonly NodeSpec[];
  /** Node ids by path. */
  readonly ids: ReadonlyMap<string, number>;
}

/** The views for which this kernel has a file. */
export function servedViews(renderer: Renderer): View[] {
  return views.filter((view) => renderer.has(view));
}

/** Looks up on the host what can be served, and builds the tree of it. */
export function servedTree(renderer: Renderer): ServedTree {
  const { root } = renderer.resolver.proc;
  const served = servedViews(renderer);
  const sysctls = [...SWITCH_FILES, ...sysctlLinks(root), ...parameterFiles(root)];
  const hidden = [...HIDDEN_DIRECTORIES, `${SYSCTL_DIRECTORY}/${SYSCTL_KEPT}`];
  const nodes = treeOf([...served, ...sysctls], renderer.overlays.roots, hidden);
  const ids = idsByPath(nodes);
  const hosts = new Map(served.map((view) => [ids.get(view.path), renderer.hostFile(view)]));
  const withHosts = nodes.map((node) => {
    const host = hosts.get(node.id);
    return host === undefined ? node : { ...node, host };
  });
  return { nodes: withHosts, ids };
}

/** Ids of the nodes, by path. */
export function idsByPath(nodes: readonly NodeSpec[]): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const pathOf = (node: NodeSpec): string => {
    const parent = byId.get(node.parent);
    return !parent || parent.name === '' ? node.name : `${pathOf(parent)}/${node.name}`;
  };
  return new Map(nodes.map((node) => [pathOf(node), node.id]));
}
