/**
 * Who sees its own figures, and who the host's.
 * @module
 */

/** Everything that has a say in one answer to one reader. */
export interface Question {
  /** kernel.stats_isolated. */
  readonly host: boolean;
  /** kernel.container_stats_isolated of the reader's container. */
  readonly container: boolean;
  /** The file is one of those that are isolated, on this host and for this container. */
  readonly feature: boolean;
  readonly inContainer: boolean;
}

/** Whether the reader sees its container's figures; else the host's bytes. */
export function isolated({ host, container, feature, inContainer }: Question): boolean {
  return host && container && feature && inContainer;
}
