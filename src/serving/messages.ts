/**
 * Messages between the main thread and a serving thread.
 * @module
 */
import { parentPort } from 'node:worker_threads';
import type { Config } from '../config/schema.ts';
import type { Container } from '../containers/container.ts';

/** A serving thread waits until this is not 0; its assignment has been posted by then. */
export type Gate = Int32Array<SharedArrayBuffer>;

/** What a serving thread serves. */
export interface Assignment {
  readonly config: Config;
  /** The native session's id. */
  readonly session: number;
  /** Number of this thread, from 0. */
  readonly worker: number;
  /** Node ids of the session's static tree, by path. */
  readonly ids: ReadonlyMap<string, number>;
}

/** A message from a serving thread to the main thread. */
export type ServerMessage =
  | { readonly kind: 'ready' }
  /** A caller of this container was seen for the first time. */
  | { readonly kind: 'container'; readonly container: Container }
  /** A line for the log. A logger in each serving thread would take 2 MB and a third of the thread's start. */
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'error';
      readonly fields: object;
      readonly text: string;
    };

type LogMessage = ServerMessage & { kind: 'log' };

/** Posts a message to the main thread; does nothing in the main thread itself. */
export const send = (message: ServerMessage): void => parentPort?.postMessage(message);

/** Sends a line for the log. */
export const log = (level: LogMessage['level'], fields: object, text: string): void =>
  send({ kind: 'log', level, fields, text });
