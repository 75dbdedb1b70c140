/**
 * What makes runtimes ask us before a container's first instruction: files to write, and what only the
 * administrator can do. Pure.
 * @module
 */

/** Where the hook's program is on the host; it outlives updates of this package. */
export const PROGRAM = '/usr/libexec/procview/procview-hook';

/** A file for a runtime. */
export interface HookFile {
  /** What reads it. */
  readonly runtimes: string;
  /** One of these is there when one of them is installed. */
  readonly evidence: readonly string[];
  readonly path: string;
  /** Directories that are made for it, deepest first. */
  readonly directories: readonly string[];
  readonly text: string;
}

/** Podman and CRI-O both look here without being told: oci-hooks(5). */
const OCI = '/usr/share/containers/oci';

/** Included by the configuration of every container made from a template: lxc.container.conf(5). */
const LXC = '/usr/share/lxc/config/common.conf.d';

export const BASE_SPEC = '/etc/containerd/procview.json';
export const CONTAINERD_CONFIG = '/etc/containerd/config.toml';

interface Hook {
  readonly path: string;
  readonly args: readonly string[];
}

const hook = (socket: string): Hook => ({
  path: PROGRAM,
  args: ['procview-hook', '--socket', socket],
});

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/**
 * Files that a runtime finds by itself.
 * @param socket of the daemon
 */
export function hookFiles(socket: string): HookFile[] {
  return [
    {
      runtimes: 'podman, cri-o',
      evidence: ['/usr/share/containers', '/etc/containers'],
      path: `${OCI}/hooks.d/procview.json`,
      directories: [`${OCI}/hooks.d`, OCI],
      // Runtimes know prestart since before 1.0, createRuntime since 2020; both come at the same point.
      text: json({
        version: '1.0.0',
        hook: hook(socket),
        when: { always: true },
        stages: ['prestart'],
      }),
    },
    {
      runtimes: 'lxc',
      evidence: [LXC],
      path: `${LXC}/procview.conf`,
      directories: [],
      text: `lxc.hook.start-host = ${PROGRAM} --lxc --socket ${socket}\n`,
    },
  ];
}

/**
 * containerd's base spec with our hook. It replaces containerd's own, so that must be complete.
 * @param spec what `ctr oci spec` printed
 */
export function baseSpec(spec: Readonly<Record<string, unknown>>, socket: string): string {
  return json({ ...spec, hooks: { prestart: [hook(socket)] } });
}

/** What to add to containerd's configuration: cri/config.md, base_runtime_spec. */
export const BASE_SPEC_LINES = `  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    base_runtime_spec = "${BASE_SPEC}"
`;

/** Whether procview has written this text of a hook's file. */
export const hasOurHook = (text: string): boolean => text.includes('procview-hook');
