/**
 * Messages beyond the size of an item: their content is compressed, and split where even that is too large.
 *
 * The message's own item keeps the beginning of the content, so that a reader who knows nothing of this sees
 * what it is about. Pieces have items of their own, whose keys name the digest of the message that they belong
 * to: a message that is written anew never mixes with what was there.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Layout } from "../domain/layout.ts";
import {
  encodeMessage,
  itemKey,
  KEYS,
  MESSAGE_PREFIX,
  MOST_ITEM_BYTES,
} from "./items.ts";
import type { MessageRow, PieceSummary } from "./store.ts";
import { type Item, itemSize } from "./values.ts";

/** What the sort key of a piece begins with. */
export const PIECE_PREFIX = "PIECE#";
/** Characters of the content that stay in the message's own item. */
const BEGINNING = 2_000;
/** Digits of a piece's number: a terabyte. */
const DIGITS = 6;

/** The items of one message. */
export interface MessageItems {
  /** Its own item. */
  readonly item: Item;
  /** The bytes of that, as DynamoDB counts them. */
  readonly size: number;
  /** Its pieces, to be put before it; none for nearly all messages. */
  readonly pieces: readonly Item[];
}

/** The items that hold a message, however large it is. */
export function encodeRow(
  conversationId: string,
  row: MessageRow,
  layout: Layout,
): MessageItems {
  const whole = encodeMessage(conversationId, row, layout);
  const { content } = row.message;
  const size = itemSize(whole);
  if (size <= MOST_ITEM_BYTES) return { item: whole, size, pieces: [] };
  const item = { ...whole, Content: { S: beginningOf(content) } };
  const compressed = gzipSync(content);
  const alone = { ...item, Compressed: { B: compressed } };
  const less = itemSize(alone);
  if (less <= MOST_ITEM_BYTES) return { item: alone, size: less, pieces: [] };
  const { id } = row.message;
  const empty = pieceItem(conversationId, id, row.digest, 0, new Uint8Array());
  const room = MOST_ITEM_BYTES - itemSize(empty);
  const count = Math.ceil(compressed.length / room);
  const pieces = Array.from({ length: count }, (_, index) => {
    const data = compressed.subarray(index * room, (index + 1) * room);
    return pieceItem(conversationId, id, row.digest, index, data);
  });
  const main = { ...item, Pieces: { N: String(count) } };
  return { item: main, size: itemSize(main), pieces };
}

/** The keys of a stored message's pieces. */
export function pieceKeys(
  conversationId: string,
  messageId: string,
  { digest, count }: PieceSummary,
): Item[] {
  return Array.from(
    { length: count },
    (_, index) => pieceKey(conversationId, messageId, digest, index),
  );
}

/** The pieces that a message's item says it has. */
export function piecesOf(item: Item): PieceSummary | undefined {
  const count = Number(item["Pieces"]?.N ?? 0);
  const digest = item["Digest"]?.S;
  return count > 0 && digest !== undefined ? { digest, count } : undefined;
}

/**
 * The whole content of a message.
 *
 * @param pieces The data of all pieces of its conversation, by sort key.
 * @returns Undefined where some of it is missing or damaged.
 */
export function wholeContent(
  item: Item,
  pieces: ReadonlyMap<string, Uint8Array>,
): string | undefined {
  const compressed = item["Compressed"]?.B;
  if (compressed !== undefined) return unzip(compressed);
  const summary = piecesOf(item);
  if (summary === undefined) return item["Content"]?.S;
  const id = (item[KEYS.sort]?.S ?? "").slice(MESSAGE_PREFIX.length);
  const data: Uint8Array[] = [];
  for (const key of pieceKeys("", id, summary)) {
    const piece = pieces.get(key[KEYS.sort]?.S ?? "");
    if (piece === undefined) return undefined;
    data.push(piece);
  }
  return unzip(Buffer.concat(data));
}

function unzip(compressed: Uint8Array): string | undefined {
  try {
    return gunzipSync(compressed).toString("utf8");
  } catch {
    return undefined;
  }
}

function pieceItem(
  conversationId: string,
  messageId: string,
  digest: string,
  index: number,
  data: Uint8Array,
): Item {
  return {
    ...pieceKey(conversationId, messageId, digest, index),
    Data: { B: data },
  };
}

function pieceKey(
  conversationId: string,
  messageId: string,
  digest: string,
  index: number,
): Item {
  const number = String(index).padStart(DIGITS, "0");
  // The digest comes first: an id of a thousand bytes leaves no room, and none is needed.
  const sort = `${PIECE_PREFIX}${digest}#${number}#${shortened(messageId)}`;
  return itemKey(conversationId, sort);
}

/** Enough of an id for a person who looks; the digest already tells messages apart. */
function shortened(messageId: string): string {
  return [...messageId].slice(0, 100).join("");
}

function beginningOf(content: string): string {
  return content.slice(0, BEGINNING).toWellFormed();
}
