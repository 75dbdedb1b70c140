/**
 * `POST /attach`, for runtimes' hooks: attaches the files to a container that is about to start. The body is the
 * container's state as OCI runtimes pass it to hooks (runtime-spec, runtime.md and config.md).
 * @module
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import { z } from 'zod/v3';
import { Refusal, type Route } from './control.ts';

/** A container whose init process has not executed the container's program yet. */
export interface AttachTarget {
  /** Pid of the init process on the host. */
  readonly pid: number;
  /** The directory, in that process's mount namespace, that the runtime will make the container's root; `` if it is the root already. */
  readonly root: string;
  /** Paths in the container that the runtime will mask, or make read-only, after that. */
  readonly masked: readonly string[];
  readonly readOnly: readonly string[];
  readonly annotations: ReadonlyMap<string, string>;
  /** `NAME=value`, from the OCI configuration. */
  readonly environment: readonly string[];
}

/** Attaches the files to the container. The result is sent to the client. */
export type AttachAt = (target: AttachTarget) => Promise<unknown>;

/** Bytes of a config.json. It can be large: Kubernetes puts the addresses of all services into the environment. */
const MAX_CONFIG = 4 << 20;
const PATH_MAX = 4096;

const path = z.string().min(1).max(PATH_MAX);
const paths = z.array(path).max(PATH_MAX).nullish();

/** Without a bundle (LXC) the process is in the container's root already. */
const stateSchema = z.object({
  pid: z.number().int().min(1),
  bundle: path.startsWith('/').nullish(),
});

const bundleSchema = z.object({
  root: z.object({ path }),
  process: z.object({ env: z.array(z.string()).nullish() }).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
  linux: z.object({ maskedPaths: paths, readonlyPaths: paths }).nullish(),
});

function parse<T>(schema: z.ZodType<T, z.ZodTypeDef, unknown>, text: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(`${what} is not JSON`);
  }
  const { data, error } = schema.safeParse(value);
  if (!error) return data;
  const issue = error.issues[0];
  throw new Refusal(`${what}: ${issue?.path.join('.')}: ${issue?.message}`);
}

/** A FIFO in its place must not block the daemon, nor a huge file fill its memory. */
async function readConfig(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > MAX_CONFIG) {
      throw new Refusal(`${file} is not a file of up to ${MAX_CONFIG} bytes`);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** Reads the bundle as the runtime sees it: before pivot_root(2) the process has a copy of the runtime's mounts. */
async function inBundle(procRoot: string, pid: number, bundle: string): Promise<AttachTarget> {
  const file = `${procRoot}/${pid}/root${bundle}/config.json`;
  const text = await readConfig(file).catch((error: Error) => {
    throw error instanceof Refusal ? error : new Refusal(`${file}: ${error.message}`);
  });
  const { root, process, linux, annotations } = parse(bundleSchema, text, file);
  return {
    pid,
    root: posix.resolve(bundle, root.path),
    masked: linux?.maskedPaths ?? [],
    readOnly: linux?.readonlyPaths ?? [],
    annotations: new Map(Object.entries(annotations ?? {})),
    environment: process?.env ?? [],
  };
}

/**
 * The route.
 * @param procRoot the host's procfs
 */
export function attachRoute(procRoot: string, attachAt: AttachAt): Route {
  return async (body) => {
    const { pid, bundle } = parse(stateSchema, body, 'the state of the container');
    const target = bundle
      ? await inBundle(procRoot, pid, bundle)
      : { pid, root: '', masked: [], readOnly: [], annotations: new Map(), environment: [] };
    return attachAt(target);
  };
}
