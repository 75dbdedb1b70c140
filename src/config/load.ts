/**
 * Loads the configuration from a JSON file and from the command line, which overrides the file.
 * @module
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod/v3';
import { type Config, type ConfigInput, configSchema } from './schema.ts';

/** An invalid configuration. The message names the source, the key and the valid values. */
export class ConfigError extends Error {}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`configuration ${file}: ${reason.replace(/\s+/g, ' ')}`);
  }
}

function validate(input: unknown, source: string): Config {
  const result = configSchema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) =>
    [issue.path.join('.'), issue.message].filter(Boolean).join(': '),
  );
  throw new ConfigError(`${source}: ${problems.join('; ')}`);
}

const section = z.record(z.string(), z.unknown());

/** Values of `over` win; sections are merged one level deep; undefined counts as absent. */
function merge(base: Record<string, unknown>, over: object): Record<string, unknown> {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = section.safeParse(merged[key]);
    const isSection = typeof value === 'object' && value !== null;
    merged[key] = isSection ? merge(below.success ? below.data : {}, value) : value;
  }
  return merged;
}

/**
 * Loads and validates the configuration. Throws ConfigError.
 * @param file JSON; undefined: the defaults
 * @param flags from the command line
 */
export function loadConfig(file: string | undefined, flags: ConfigInput): Config {
  const fromFile = file === undefined ? {} : readJson(file);
  if (file !== undefined) validate(fromFile, `configuration ${file}`);
  const base = section.safeParse(fromFile);
  return validate(merge(base.success ? base.data : {}, flags), 'command line');
}
