/**
 * The daemon's log: one pino logger per thread, written synchronously to standard error, because a
 * serving thread's event loop never turns.
 * @module
 */
import pino from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config/schema.ts';

export type { Logger } from 'pino';

const STDERR = 2;

export function createLogger({ level, format }: Config['log'], name: string): pino.Logger {
  const options = { level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime };
  if (format === 'json') return pino(options, pino.destination({ dest: STDERR, sync: true }));
  const stream = pretty({ destination: STDERR, sync: true, ignore: 'name', colorize: false });
  return pino(options, stream);
}
