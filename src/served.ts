/**
 * What is served on this host: the views that its kernel has files for, the overlays, the switches.
 * @module
 */
import { treeOf } from './fuse/tree.ts';
import type { NodeSpec } from './native.ts';
import type { Renderer } from './renderer.ts';
import { HIDDEN, SWITCH_FILES } from './switches/files.ts';
import { SYSCTL_DIRECTORY, SYSCTL_KEPT, sysctlLinks } from './sysctl-links.ts';
import { views } from './views/registry.ts';
import type { View } from './views/view.ts';

export function servedViews(renderer: Renderer): View[] {
  return views.filter((view) => renderer.has(view));
}

/** The static tree. */
export function servedNodes(renderer: Renderer): NodeSpec[] {
  const links = sysctlLinks(renderer.resolver.proc.root);
  const files = [...servedViews(renderer), ...SWITCH_FILES, ...links];
  const hidden = [...HIDDEN, `${SYSCTL_DIRECTORY}/${SYSCTL_KEPT}`];
  return treeOf(files, renderer.overlays.roots, hidden);
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
