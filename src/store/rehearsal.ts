/** A run without a write: what would be written is noted by what it is, not with what is in it. @module */

import { createHash } from "node:crypto";
import { type Item, KEYS, MESSAGE_PREFIX } from "./items.ts";
import { toWire } from "./values.ts";

/** What would be done to a partition. */
export interface PlannedChange {
  /** Message rows to put. */
  puts: number;
  /** Ids of the messages to delete. */
  readonly deletes: string[];
  /** A digest of all writes in their order: the same writes have the same. */
  digest: string;
}

/** Takes writes instead of DynamoDB. */
export class Rehearsal {
  /** Whether there is nothing to read, as the table is not there. */
  readonly empty: boolean;
  readonly #changes = new Map<string, PlannedChange>();

  /** @param options `empty`: whether the table is not there yet. */
  constructor({ empty = false }: { readonly empty?: boolean } = {}) {
    this.empty = empty;
  }

  /** What would be done, by the value of the partition key. */
  get changes(): ReadonlyMap<string, Readonly<PlannedChange>> {
    return this.#changes;
  }

  /** Notes a write by its input: an item, or the key of one. */
  note(
    { Item, Key = {} }: { Item?: Item | undefined; Key?: Item | undefined },
  ): void {
    const { [KEYS.partition]: partition, [KEYS.sort]: sort } = Item ?? Key;
    const change = this.#changes.get(partition?.S ?? "") ??
      { puts: 0, deletes: [], digest: "" };
    const isMessage = sort?.S?.startsWith(MESSAGE_PREFIX);
    if (isMessage && Item !== undefined) change.puts++;
    else if (isMessage) {
      change.deletes.push(sort?.S?.slice(MESSAGE_PREFIX.length) ?? "");
    }
    change.digest = createHash("sha256").update(change.digest)
      .update(JSON.stringify([sort?.S, Item && signature(Item)]))
      .digest("base64url").slice(0, 22);
    this.#changes.set(partition?.S ?? "", change);
  }
}

/** What makes an item the one it is; the run that writes it does not. */
function signature({ Run: _, ...item }: Item): unknown {
  return item["MessageID"] && item["Digest"] ? item["Digest"] : toWire(item);
}
