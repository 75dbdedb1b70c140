/**
 * `POST /changes`: attaches or detaches one container, or all of them. The answer has a line of JSON for each container,
 * sent when that container is done. If the request cannot be completed, the last line is {"error": reason}.
 * @module
 */
import { z } from 'zod/v3';
import { UserError } from '../base/user-error.ts';
import { type ControlClient, NoDaemonError } from './client.ts';
import { Lines, Refusal, type Route } from './control.ts';

/** Bytes of a name or id: a cgroup path at most. */
const PATH_MAX = 4096;

const requestSchema = z
  .object({
    action: z.enum(['attach', 'detach']),
    /** As `procview attach` takes it; absent: all containers. */
    container: z.string().min(1).max(PATH_MAX).optional(),
  })
  .strict();

const resultSchema = z.object({
  id: z.string(),
  /** The result for each path. */
  outcomes: z
    .array(
      z.object({
        path: z.string(),
        state: z.enum(['attached', 'present', 'detached', 'skipped', 'failed']),
        /** `` if the path was attached or detached as requested. */
        reason: z.string(),
      }),
    )
    .readonly(),
  /** The reason why no mount of this container can be changed. */
  refused: z.string().optional(),
});

/** The last line, if the request could not be completed. */
const errorSchema = z.object({ error: z.string() });

export type ChangeRequest = z.infer<typeof requestSchema>;
export type ChangeResult = z.infer<typeof resultSchema>;

/** The daemon's side. */
export interface ChangeHandler {
  /** Changes the containers of a request one by one. Throws UserError if there is no such container. */
  change(request: ChangeRequest): AsyncIterable<ChangeResult>;
}

function parseRequest(body: string): ChangeRequest {
  try {
    return requestSchema.parse(JSON.parse(body));
  } catch {
    throw new Refusal('the request must be {"action": "attach" or "detach", "container": name}');
  }
}

/** The route. */
export function changeRoute(handler: ChangeHandler): Route {
  return async (body) => new Lines(handler.change(parseRequest(body)));
}

function parseResult(line: string): ChangeResult {
  const parsed = z.union([errorSchema, resultSchema]).parse(JSON.parse(line));
  if ('error' in parsed) throw new UserError(parsed.error);
  return parsed;
}

/**
 * Requests a change from the daemon.
 * @param onResult called for each container when it is done
 * @returns false: no daemon runs, or one from before this route. Throws UserError if the daemon refuses the request or does not answer.
 */
export async function requestChanges(
  client: ControlClient,
  request: ChangeRequest,
  onResult: (result: ChangeResult) => void,
): Promise<boolean> {
  try {
    await client.post('/changes', JSON.stringify(request), (line) => onResult(parseResult(line)));
    return true;
  } catch (error) {
    if (error instanceof NoDaemonError) return false;
    throw error;
  }
}
