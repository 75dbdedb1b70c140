/**
 * The targets of this host: the served files and directories, the directory with the switches, and the parameters that
 * containers share with the host.
 * @module
 */
import { cpuOverlay, MASKED } from '../overlay/cpu.ts';
import { parameterFiles } from '../parameters/files.ts';
import type { Renderer } from '../serving/renderer.ts';
import { servedViews } from '../serving/served-tree.ts';
import { SYSCTL_DIRECTORY, SYSCTL_KEPT } from '../serving/sysctl-dir.ts';
import type { Target } from './surroundings.ts';

/** Single files, and directories as a whole. */
export function targetsOf(renderer: Renderer): Target[] {
  const { roots } = renderer.overlays;
  const paths = servedViews(renderer).map(({ path }) => path);
  const files = paths.filter((path) => !roots.some((root) => path.startsWith(`${root}/`)));
  const directories = roots.map((path) =>
    path === cpuOverlay.root ? { path, lacks: MASKED } : { path },
  );
  const sysctls = { path: SYSCTL_DIRECTORY, kept: SYSCTL_KEPT };
  const parameters = parameterFiles(renderer.resolver.proc.root).map(({ path }) => ({ path }));
  return [...files.map((path) => ({ path })), ...directories, sysctls, ...parameters];
}
