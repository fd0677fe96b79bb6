/** Keeping what is about to be replaced, and weighing what replaces it. @module */

import { keyOf, type Write } from "./batch.ts";
import { unitsOf } from "./capacity.ts";
import { type Item, KEYS } from "./items.ts";
import type { Journal } from "./journal.ts";
import type { CountedWrite, Requests } from "./requests.ts";

/** A run that writes. */
export interface Writer {
  readonly requests: Requests;
  /** The id of the run. */
  readonly run: string;
  /** Where to keep what is replaced and deleted; nowhere unless given. */
  readonly journal: Journal | undefined;
}

/**
 * Puts what the writes replace into the journal, and weighs them.
 *
 * @param partition The value of the partition key of all of them.
 */
export async function noteWrites(
  partition: string,
  writes: readonly Write[],
  { requests, run, journal }: Writer,
): Promise<CountedWrite[]> {
  const old = new Map<string, Item>();
  const wanted = journal !== undefined || requests.rehearsing;
  if (wanted && writes.length > 0) {
    const keys = writes.filter(({ mayExist }) => mayExist).map(keyAlone);
    for await (const item of requests.items(keys)) old.set(sortOf(item), item);
    const sorts = writes.map((write) => sortOf(keyOf(write)));
    await journal?.record(run, {
      partition,
      items: [...old.values()],
      added: sorts.filter((sort) => !old.has(sort)),
    });
  }
  return writes.map((write) => {
    const replaced = old.get(sortOf(keyOf(write)));
    return { ...write, units: unitsOf(write.size, replaced) };
  });
}

/** The value of an item's sort key. */
export function sortOf(item: Item): string {
  return item[KEYS.sort]?.S ?? "";
}

function keyAlone(write: Write): Item {
  const { [KEYS.partition]: partition, [KEYS.sort]: sort } = keyOf(write);
  return { [KEYS.partition]: partition, [KEYS.sort]: sort } as Item;
}
