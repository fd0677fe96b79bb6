/** The order in which the items of messages are written. @module */

import { put, remove, type Write } from "./batch.ts";
import { itemKey, messageKey, MOST_ITEM_BYTES } from "./items.ts";
import { encodeRow, pieceKeys } from "./oversize.ts";
import type { MessageRow, RowChanges, WriteResult } from "./store.ts";

/** What has been done so far; it is filled on the way, so that it is true whenever writing ends. */
export interface Written {
  put: number;
  deleted: number;
  readonly rejected: WriteResult["rejected"][number][];
}

/**
 * Sends writes.
 *
 * @param reject Called for each that DynamoDB will never take.
 * @param count Called with numbers of those that were acknowledged.
 */
export type Send = (
  writes: readonly Write[],
  reject: (messageId: string, reason: string) => void,
  count: (acknowledged: number) => void,
) => Promise<void>;

/** Characters of content whose items are in memory at a time. */
const MOST_CHARACTERS = 8 * 2 ** 20;

/** The writes of some changes. */
export interface Writes {
  /** Pieces to put, then the messages that they belong to. */
  readonly pieces: Write[];
  readonly puts: Write[];
}

/**
 * Puts pieces, then the messages that they belong to, and deletes in the same order: at every instant a
 * message's item has all of its pieces. Of messages to be deleted none is while another was rejected.
 */
export async function writeRows(
  conversationId: string,
  changes: RowChanges,
  written: Written,
  send: Send,
): Promise<void> {
  const refused = new Set<string>();
  const reject = (messageId: string, reason: string) => {
    if (!refused.has(messageId)) written.rejected.push({ messageId, reason });
    refused.add(messageId);
  };
  for (const puts of groups(changes.puts)) {
    const items = encodePuts(conversationId, { ...changes, puts }, reject);
    await send(items.pieces, reject, () => {});
    const whole = items.puts.filter(({ messageId }) => !refused.has(messageId));
    await send(whole, reject, (sent) => written.put += sent);
  }
  const rest = encodeDeletes(conversationId, changes, refused);
  await send(rest.pieces, reject, () => {});
  await send(rest.deletes, reject, (sent) => written.deleted += sent);
}

/**
 * The items of the messages to put.
 *
 * @param reject Called for each message that no item can hold.
 */
export function encodePuts(
  conversationId: string,
  { puts, layout = "full", stored }: RowChanges,
  reject: (messageId: string, reason: string) => void,
): Writes {
  const writes: Writes = { pieces: [], puts: [] };
  for (const row of puts) {
    const { id } = row.message;
    const mayExist = stored?.has(id) ?? true;
    const encoded = encodeRow(conversationId, row, layout);
    const write = put(encoded.item, id, mayExist, encoded.size);
    if (write.size > MOST_ITEM_BYTES) {
      const reason =
        `${write.size} bytes are more than the ${MOST_ITEM_BYTES} that DynamoDB stores`;
      reject(id, reason);
      continue;
    }
    for (const item of encoded.pieces) {
      writes.pieces.push(put(item, id, mayExist));
    }
    writes.puts.push(write);
  }
  return writes;
}

/** The items to delete: of messages that go, and pieces of those that were replaced or of none. */
export function encodeDeletes(
  conversationId: string,
  { puts, deletes, stored, strays = [] }: RowChanges,
  refused: ReadonlySet<string> = new Set(),
): { pieces: Write[]; deletes: Write[] } {
  const goes = refused.size === 0 ? deletes : [];
  const replaced = puts.filter(({ message: { id }, digest }) =>
    !refused.has(id) && stored?.get(id)?.pieces?.digest !== digest
  ).map(({ message: { id } }) => id);
  const pieces = [...replaced, ...goes].flatMap((id) => {
    const old = stored?.get(id)?.pieces;
    return old === undefined
      ? []
      : pieceKeys(conversationId, id, old).map((key) => remove(key, id));
  });
  const left = strays.map((sort) =>
    remove(itemKey(conversationId, sort), sort)
  );
  const own = goes.map((id) => remove(messageKey(conversationId, id), id));
  return { pieces: [...left, ...pieces], deletes: own };
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
