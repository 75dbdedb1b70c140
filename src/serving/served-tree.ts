/**
 * What is served on this host: the views that its kernel has files for, the overlays, the switches
 * and parameters.
 * @module
 */

import type { NodeSpec } from '../native/session.ts';
import { parameterFiles } from '../parameters/files.ts';
import { HIDDEN, SWITCH_FILES } from '../switches/files.ts';
import { treeOf } from '../tree/nodes.ts';
import { views } from '../views/registry.ts';
import type { View } from '../views/view.ts';
import type { Renderer } from './renderer.ts';
import { SYSCTL_DIRECTORY, SYSCTL_KEPT, sysctlLinks } from './sysctl-dir.ts';

export function servedViews(renderer: Renderer): View[] {
  return views.filter((view) => renderer.has(view));
}

/** The static tree. */
export function servedNodes(renderer: Renderer): NodeSpec[] {
  const { root } = renderer.resolver.proc;
  const sysctls = [...SWITCH_FILES, ...sysctlLinks(root), ...parameterFiles(root)];
  const files = [...servedViews(renderer), ...sysctls];
  const hidden = [...HIDDEN, `${SYSCTL_DIRECTORY}/${SYSCTL_KEPT}`];
  const nodes = treeOf(files, renderer.overlays.roots, hidden);
  const ids = idsByPath(nodes);
  const hosts = new Map(
    servedViews(renderer).map((view) => [ids.get(view.path), renderer.hostFile(view)]),
  );
  return nodes.map((node) => {
    const host = hosts.get(node.id);
    return host === undefined ? node : { ...node, host };
  });
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
