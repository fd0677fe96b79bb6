/** Conversations and messages ⇄ items of the table: keys, attributes, sizes. @module */

import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Conversation } from "../domain/conversation.ts";
import { type Layout, LAYOUTS } from "../domain/layout.ts";
import type {
  Head,
  HeadState,
  MessageRow,
  RowSummary,
  StoredRow,
} from "./store.ts";

/** An item as the SDK takes and gives it. */
export type Item = Record<string, AttributeValue>;

/** The table's key attributes; both are strings. */
export const KEYS = { partition: "ConversationID", sort: "ItemType" } as const;
/** What the sort key of a message begins with. */
export const MESSAGE_PREFIX = "MSG#";
/** The sort key of a conversation's head. */
export const METADATA = "METADATA";

/**
 * The most bytes of one item, its attribute names included: 400 KB.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
export const MOST_ITEM_BYTES = 409_600;

/** The key of a conversation's head. */
export function headKey(conversationId: string): Item {
  return key(conversationId, METADATA);
}

/** The key of a message. */
export function messageKey(conversationId: string, messageId: string): Item {
  return key(conversationId, MESSAGE_PREFIX + messageId);
}

/** The value of a conversation's partition key. */
export function partitionValue(conversationId: string): AttributeValue {
  return { S: `CONV#${conversationId}` };
}

function key(conversationId: string, sort: string): Item {
  return {
    [KEYS.partition]: partitionValue(conversationId),
    [KEYS.sort]: { S: sort },
  };
}

/** The item of a message. */
export function encodeMessage(
  conversationId: string,
  { message, digest }: MessageRow,
  layout: Layout = "full",
): Item {
  return {
    ...messageKey(conversationId, message.id),
    MessageID: { S: message.id },
    Author: { S: message.author.role },
    ...text("AuthorName", message.author.name),
    ...number("Timestamp", message.createTime),
    Content: { S: message.content },
    Position: { N: String(message.position) },
    ContentType: { S: message.contentType },
    ...text("ParentMessageID", message.parentId),
    ...text("Model", message.model),
    Visible: { BOOL: message.visible },
    Digest: { S: digest },
    // Most rows come from full exports: they do without it.
    ...text("Layout", layout === "full" ? undefined : layout),
  };
}

/** What the row of an item is compared by. */
export function decodeSummary(item: Item): RowSummary {
  const digest = item["Digest"]?.S;
  const position = item["Position"]?.N;
  const layout = LAYOUTS.find((one) => one === item["Layout"]?.S);
  return {
    ...(digest !== undefined && { digest }),
    ...(position !== undefined && { position: Number(position) }),
    role: item["Author"]?.S ?? "",
    contentType: item["ContentType"]?.S ?? "text",
    layout: layout ?? (digest === undefined ? "text" : "full"),
  };
}

/** The row of an item; attributes that the earlier Python tool did not write are absent. */
export function decodeMessage(item: Item): StoredRow {
  const sort = item[KEYS.sort]?.S ?? "";
  const digest = item["Digest"]?.S;
  const role = item["Author"]?.S;
  const name = item["AuthorName"]?.S;
  const position = item["Position"]?.N;
  const time = item["Timestamp"]?.N;
  const visible = item["Visible"]?.BOOL;
  const model = item["Model"]?.S;
  return {
    messageId: sort.slice(MESSAGE_PREFIX.length),
    ...(digest !== undefined && { digest }),
    message: {
      ...(role !== undefined &&
        { author: { role, ...(name !== undefined && { name }) } }),
      ...(item["Content"]?.S !== undefined && { content: item["Content"].S }),
      ...(item["ContentType"]?.S !== undefined &&
        { contentType: item["ContentType"].S }),
      ...(position !== undefined && { position: Number(position) }),
      ...(visible !== undefined && { visible }),
      ...(model !== undefined && { model }),
      parentId: item["ParentMessageID"]?.S ?? null,
      createTime: time === undefined ? null : Number(time),
    },
  };
}

/** The item of a conversation's head. */
export function encodeHead(
  conversation: Omit<Conversation, "messages">,
  head: HeadState & { readonly revision: number; readonly run: string },
): Item {
  return {
    ...headKey(conversation.id),
    ...text("Title", conversation.title),
    ...number("CreateTime", conversation.createTime),
    ...number("UpdateTime", conversation.updateTime),
    ...text("Model", conversation.model),
    ...text("ProjectID", conversation.projectId),
    ...text("GizmoID", conversation.gizmoId),
    MessageCount: { N: String(head.messageCount) },
    Archived: { BOOL: conversation.archived },
    Starred: { BOOL: conversation.starred },
    ...text("Digest", head.digest),
    Revision: { N: String(head.revision) },
    Run: { S: head.run },
  };
}

/** What the store compares a head by. */
export function decodeHead(conversationId: string, item: Item): Head {
  const digest = item["Digest"]?.S;
  const metadata = decodeMetadata(conversationId, item);
  return {
    ...(digest !== undefined && { digest }),
    revision: Number(item["Revision"]?.N ?? 0),
    ...(metadata !== undefined && { metadata }),
  };
}

/** The metadata in a head; undefined where another tool wrote it. */
function decodeMetadata(
  conversationId: string,
  item: Item,
): Omit<Conversation, "messages"> | undefined {
  if (item["Revision"] === undefined) return undefined;
  const create = item["CreateTime"]?.N;
  const update = item["UpdateTime"]?.N;
  const [model, projectId, gizmoId] = [
    item["Model"]?.S,
    item["ProjectID"]?.S,
    item["GizmoID"]?.S,
  ];
  return {
    id: conversationId,
    title: item["Title"]?.S ?? null,
    createTime: create === undefined ? null : Number(create),
    updateTime: update === undefined ? null : Number(update),
    ...(model !== undefined && { model }),
    ...(projectId !== undefined && { projectId }),
    ...(gizmoId !== undefined && { gizmoId }),
    archived: item["Archived"]?.BOOL ?? false,
    starred: item["Starred"]?.BOOL ?? false,
  };
}

/**
 * The bytes that DynamoDB counts for an item of ours: UTF-8 of names and strings, one byte a truth value,
 * and about one byte per two digits and one more for a number.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSize(item: Item): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) {
    size += utf8Length(name);
    if (value.S !== undefined) size += utf8Length(value.S);
    else if (value.N !== undefined) size += numberSize(value.N);
    else size += 1;
  }
  return size;
}

/** UTF-8 bytes of a well-formed string, without encoding it. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // A surrogate is half of a character of four bytes.
    length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return length;
}

/** Two digits a byte from the first to the last that is not zero, a byte for the exponent, one for a sign. */
function numberSize(text: string): number {
  const [mantissa = ""] = text.replace(/^-/, "").split(/e/i);
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = (whole + fraction).replace(/^0+/, "").replace(/0+$/, "");
  if (digits === "") return 1;
  // Pairs of digits are counted from the decimal point.
  const leading = whole.replace(/^0+/, "").length % 2;
  return Math.ceil((digits.length + leading) / 2) + 1 +
    (text.startsWith("-") ? 1 : 0);
}

function text(name: string, value: string | null | undefined): Item {
  return value === null || value === undefined ? {} : { [name]: { S: value } };
}

function number(name: string, value: number | null): Item {
  return value === null ? {} : { [name]: { N: String(value) } };
}
