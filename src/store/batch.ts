/** Writes in batches that DynamoDB takes. @module */

import type { WriteRequest } from "@aws-sdk/client-dynamodb";
import { type Item, itemSize } from "./values.ts";

/** Requests in one BatchWriteItem. */
const MOST_REQUESTS = 25;
/** Bytes of JSON in one batch: far from the 16 MB that DynamoDB takes, so that no request is slow. */
const MOST_BYTES = 4 * 2 ** 20;
/** Twenty-five items up to this size stay below 16 MB even if JSON escapes every byte of them sixfold. */
const SMALL_ITEM = 100_000;

/** Groups requests, in their order, by number and by the size of what is sent. */
export function* batches(
  requests: Iterable<WriteRequest>,
): Generator<WriteRequest[]> {
  let batch: WriteRequest[] = [];
  let bytes = 0;
  for (const request of requests) {
    const more = request.PutRequest?.Item === undefined
      ? 0
      : sentSize(request.PutRequest.Item as Item);
    if (
      batch.length === MOST_REQUESTS ||
      (batch.length > 0 && bytes + more > MOST_BYTES)
    ) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(request);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}

/** Bytes of an item as JSON, which escapes control characters: exact for large items only. */
function sentSize(item: Item): number {
  const size = itemSize(item);
  if (size <= SMALL_ITEM) return size;
  let sent = 0;
  for (const value of Object.values(item)) {
    sent += value.B === undefined
      ? new TextEncoder().encode(JSON.stringify(value)).length
      : Math.ceil(value.B.length / 3) * 4;
  }
  return sent;
}
