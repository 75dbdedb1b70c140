/**
 * The daemon's log: a pino logger, written synchronously to standard error. It is loaded with the first line: that takes
 * longer than all else that a start does before it answers.
 * @module
 */
import { createRequire } from 'node:module';
import type * as Pino from 'pino';
import type * as Pretty from 'pino-pretty';

type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** What is used of a pino logger. */
export type Logger = { level: string } & {
  readonly [level in Level]: (fields: object, text: string) => void;
};

/** The key `log` of the configuration. */
export interface LogConfig {
  readonly level: Level | 'trace';
  readonly format: 'pretty' | 'json';
}

const STDERR = 2;

const load = createRequire(import.meta.url);

function open({ level, format }: LogConfig, name: string): Pino.Logger {
  const { pino } = load('pino') as typeof Pino;
  const options = { level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime };
  if (format === 'json') return pino(options, pino.destination({ dest: STDERR, sync: true }));
  const pretty = load('pino-pretty') as typeof Pretty.default;
  const stream = pretty({ destination: STDERR, sync: true, ignore: 'name', colorize: false });
  return pino(options, stream);
}

/** From the least to the gravest; `trace` has no lines of its own. */
const LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

export function createLogger(config: LogConfig, name: string): Logger {
  let opened: Pino.Logger | null = null;
  let least = config.level as string;
  const write = (level: Level) => (fields: object, text: string) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    opened ??= open({ ...config, level: 'trace' }, name);
    opened[level](fields, text);
  };
  return {
    get level() {
      return least;
    },
    set level(level) {
      least = level;
    },
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  };
}
