/** `--shard i/n`: every n-th file, for schedulers that start one process per part. */

import { InvalidArgumentError } from "@commander-js/extra-typings";

/** One part of several. */
export interface Shard {
  /** 1..count. */
  readonly index: number;
  readonly count: number;
}

/** A parser for `2/5`; it throws commander's `InvalidArgumentError`. */
export function shardOption(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (index >= 1 && index <= count) return { index, count };
  throw new InvalidArgumentError("Expected PART/PARTS, like 2/5, with PART from 1 to PARTS.");
}

/** The files of a part: in order, every `count`-th. All parts together are all files, each once. */
export function takeShard<T>(items: readonly T[], { index, count }: Shard): T[] {
  return items.filter((_, i) => i % count === index - 1);
}
