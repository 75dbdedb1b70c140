/**
 * `POST /attach`: the state of a container that is about to start, as OCI runtimes hand it to hooks
 * (runtime-spec, runtime.md and config.md), to what is attached there.
 * @module
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import { z } from 'zod/v3';
import { Refusal, type Route } from './control.ts';

/** A container whose first process has not begun its program. */
export interface AttachTarget {
  /** Host pid of that process. */
  readonly pid: number;
  /** What its runtime will make the container's root, in that process's mount namespace; `` if it has done so. */
  readonly root: string;
  /** Paths in the container that the runtime will hide, or make read-only, after that. */
  readonly masked: readonly string[];
  readonly readOnly: readonly string[];
  readonly annotations: ReadonlyMap<string, string>;
  /** `NAME=value`, as configured. */
  readonly environment: readonly string[];
}

/** Attaches what the container should have. What it returns is told to the client. */
export type AttachAt = (target: AttachTarget) => Promise<unknown>;

/** Bytes of a config.json: Kubernetes puts the addresses of all services into the environment. */
const MAX_CONFIG = 4 << 20;
const PATH_MAX = 4096;

const path = z.string().min(1).max(PATH_MAX);
const paths = z.array(path).max(PATH_MAX).nullish();

/** Without a bundle the process is in its own root already: LXC. */
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

/** A FIFO in its place must not keep us waiting, nor a huge file fill our memory. */
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

/** The bundle is read as the runtime sees it: before pivot_root the process has a copy of its mounts. */
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
