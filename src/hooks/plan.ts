/**
 * The files that make runtimes call the hook before a container's entry point runs, and the lines that the
 * administrator must add to containerd's configuration. Pure.
 * @module
 */

/** Path of the hook's program on the host, outside this package: containers may start while it is updated. */
export const PROGRAM = '/usr/libexec/procview/procview-hook';

/** A file for a runtime. */
export interface HookFile {
  /** The runtimes that read it. */
  readonly runtimes: string;
  /** One of these paths exists if one of the runtimes is installed. */
  readonly evidence: readonly string[];
  readonly path: string;
  /** Directories that install creates for it, deepest first. */
  readonly directories: readonly string[];
  readonly text: string;
}

/** Podman and CRI-O read hooks here by default: oci-hooks(5). */
const OCI = '/usr/share/containers/oci';

/** The configuration of each container made from a template includes it: lxc.container.conf(5). */
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
 * The files for runtimes that need no other configuration.
 * @param socket the daemon's control socket
 */
export function hookFiles(socket: string): HookFile[] {
  return [
    {
      runtimes: 'podman, cri-o',
      evidence: ['/usr/share/containers', '/etc/containers'],
      path: `${OCI}/hooks.d/procview.json`,
      directories: [`${OCI}/hooks.d`, OCI],
      // createRuntime (2020) runs at the same point, but older runtimes only know prestart.
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
 * containerd's base spec with the hook. It replaces containerd's own, so it must be complete.
 * @param spec the output of `ctr oci spec`
 */
export function baseSpec(spec: Readonly<Record<string, unknown>>, socket: string): string {
  return json({ ...spec, hooks: { prestart: [hook(socket)] } });
}

/** The lines to add to containerd's configuration: cri/config.md, base_runtime_spec. */
export const BASE_SPEC_LINES = `  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    base_runtime_spec = "${BASE_SPEC}"
`;

/** Whether procview wrote the file with this text. */
export const hasOurHook = (text: string): boolean => text.includes('procview-hook');
