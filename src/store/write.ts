/** The order in which the items of messages are written. @module */

import type { WriteRequest } from "@aws-sdk/client-dynamodb";
import { batches } from "./batch.ts";
import { messageKey, MOST_ITEM_BYTES } from "./items.ts";
import { encodeRow, pieceKeys } from "./oversize.ts";
import type { MessageRow, RowChanges, WriteResult } from "./store.ts";
import { itemSize } from "./values.ts";

/** What has been done so far; it is filled on the way, so that it is true whenever writing ends. */
export interface Written {
  put: number;
  deleted: number;
  readonly rejected: WriteResult["rejected"][number][];
}

/**
 * Writes a batch.
 *
 * @param reject Called for a request that DynamoDB will never take.
 * @returns How many requests were acknowledged.
 */
export type WriteBatch = (
  batch: WriteRequest[],
  reject: (request: WriteRequest, reason: string) => void,
) => Promise<number>;

/** Characters of content whose items are in memory at a time. */
const MOST_CHARACTERS = 8 * 2 ** 20;

/** Requests, each with the id of its message. */
type Requests = Map<WriteRequest, string>;

/**
 * Puts pieces, then the messages that they belong to, and deletes in the same order: at every instant a
 * message's item has all of its pieces. Of messages to be deleted none is while another was rejected.
 */
export async function writeRows(
  conversationId: string,
  { puts, deletes, layout = "full", stored }: RowChanges,
  written: Written,
  writeBatch: WriteBatch,
): Promise<void> {
  const refused = new Set<string>();
  const reject = (messageId: string, reason: string) => {
    if (!refused.has(messageId)) written.rejected.push({ messageId, reason });
    refused.add(messageId);
  };
  const send = async (
    requests: Requests,
    count: (acknowledged: number) => void = () => {},
  ) => {
    for (const batch of batches(requests.keys())) {
      const sent = await writeBatch(
        batch,
        (request, reason) => reject(requests.get(request) ?? "", reason),
      );
      count(sent);
    }
  };

  for (const group of groups(puts)) {
    const pieces: Requests = new Map();
    const items: Requests = new Map();
    for (const row of group) {
      const { id } = row.message;
      const encoded = encodeRow(conversationId, row, layout);
      const size = itemSize(encoded.item);
      if (size > MOST_ITEM_BYTES) {
        reject(
          id,
          `${size} bytes are more than the ${MOST_ITEM_BYTES} that DynamoDB stores`,
        );
        continue;
      }
      for (const Item of encoded.pieces) {
        pieces.set({ PutRequest: { Item } }, id);
      }
      items.set({ PutRequest: { Item: encoded.item } }, id);
    }
    await send(pieces);
    for (const [request, id] of items) {
      if (refused.has(id)) items.delete(request);
    }
    await send(items, (sent) => written.put += sent);
  }

  const goes = refused.size === 0 ? deletes : [];
  const replaced = puts.filter(({ message: { id }, digest }) =>
    !refused.has(id) && stored?.get(id)?.pieces?.digest !== digest
  ).map(({ message: { id } }) => id);
  const pieces: Requests = new Map();
  for (const id of [...replaced, ...goes]) {
    const old = stored?.get(id)?.pieces;
    for (const Key of old ? pieceKeys(conversationId, id, old) : []) {
      pieces.set({ DeleteRequest: { Key } }, id);
    }
  }
  await send(pieces);
  await send(
    new Map(goes.map((id) => [
      { DeleteRequest: { Key: messageKey(conversationId, id) } },
      id,
    ])),
    (sent) => written.deleted += sent,
  );
}

/** Rows in groups that fit the memory. */
function* groups(rows: readonly MessageRow[]): Generator<MessageRow[]> {
  let group: MessageRow[] = [];
  let characters = 0;
  for (const row of rows) {
    group.push(row);
    characters += row.message.content.length;
    if (characters < MOST_CHARACTERS) continue;
    yield group;
    group = [];
    characters = 0;
  }
  if (group.length > 0) yield group;
}
