/** Writes in batches that DynamoDB takes. @module */

import type { WriteRequest } from "@aws-sdk/client-dynamodb";
import { type Item, itemSize } from "./values.ts";

/** A write of one item of a message. */
export interface Write {
  readonly request: WriteRequest;
  readonly messageId: string;
  /** Bytes of the item that is put, as DynamoDB counts them; 0 for a delete. */
  readonly size: number;
  /** Whether an item with that key may be there already. */
  readonly mayExist: boolean;
}

/** Bytes of JSON in one batch: far from the 16 MB that DynamoDB takes, so that no request is slow. */
const MOST_BYTES = 4 * 2 ** 20;
/** A hundred items up to this size stay below 16 MB even if JSON escapes every byte of them sixfold. */
const SMALL_ITEM = 25_000;

/**
 * The put of an item.
 *
 * @param size Its bytes, where they have been counted already.
 */
export function put(
  item: Item,
  messageId: string,
  mayExist: boolean,
  size: number = itemSize(item),
): Write {
  const request = { PutRequest: { Item: item } };
  return { request, messageId, size, mayExist };
}

/** The delete of the item with that key. */
export function remove(key: Item, messageId: string): Write {
  const request = { DeleteRequest: { Key: key } };
  return { request, messageId, size: 0, mayExist: true };
}

/** The item that is put, if one is. */
export function itemOf({ request }: Write): Item | undefined {
  return request.PutRequest?.Item;
}

/** The key, or an item that begins with it. */
export function keyOf({ request }: Write): Item {
  return request.PutRequest?.Item ?? request.DeleteRequest?.Key ?? {};
}

/**
 * Groups writes, in their order, by number and by the size of what is sent.
 *
 * @param most Writes in a batch.
 */
export function* batches<T extends Write>(
  writes: Iterable<T>,
  most: number,
): Generator<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for (const write of writes) {
    const more = sentSize(write);
    if (
      batch.length === most || (batch.length > 0 && bytes + more > MOST_BYTES)
    ) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(write);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}

/** Bytes of an item as JSON, which escapes control characters: exact for large items only. */
export function sentSize(write: Write): number {
  if (write.size <= SMALL_ITEM) return write.size;
  let sent = 0;
  for (const value of Object.values(itemOf(write) ?? {})) {
    sent += value.B === undefined
      ? new TextEncoder().encode(JSON.stringify(value)).length
      : Math.ceil(value.B.length / 3) * 4;
  }
  return sent;
}
