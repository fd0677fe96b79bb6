/** Conversations and messages ⇄ items of the table: keys, attributes, sizes. @module */

import type {
  ConversationMetadata,
  ConversationSource,
} from "../domain/conversation.ts";
import { DRIFT_KINDS, type ExportShape } from "../domain/drift.ts";
import { storableId } from "../domain/id.ts";
import { type Layout, LAYOUTS } from "../domain/layout.ts";
import type {
  Head,
  HeadState,
  MessageRow,
  RowSummary,
  StoredRow,
} from "./store.ts";
import {
  type AttributeValue,
  decodeAttachment,
  decodeFeedback,
  decodeSource,
  encodeAttachment,
  encodeFeedback,
  encodeSource,
  given,
  type Item,
  list,
  number,
  numberOf,
  text,
} from "./values.ts";

import { piecesOf, wholeContent } from "./oversize.ts";

export type { Item } from "./values.ts";

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
  return itemKey(conversationId, METADATA);
}

/** The key of a message. */
export function messageKey(conversationId: string, messageId: string): Item {
  return itemKey(conversationId, MESSAGE_PREFIX + messageId);
}

/** The value of a conversation's partition key. */
export function partitionValue(conversationId: string): AttributeValue {
  return { S: `CONV#${conversationId}` };
}

/** The id of the conversation that an item belongs to; undefined where it is no conversation's. */
export function conversationIdOf(item: Item): string | undefined {
  return conversationOfPartition(item[KEYS.partition]?.S ?? "");
}

/** The same for the value of a partition key. */
export function conversationOfPartition(value: string): string | undefined {
  return value.startsWith("CONV#") ? value.slice("CONV#".length) : undefined;
}

/** The key of an item of a conversation, by its sort key. */
export function itemKey(conversationId: string, sort: string): Item {
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
    ...text("Branch", message.branch),
    ...text("Recipient", message.recipient),
    ...text("Channel", message.channel),
    ...text("Status", message.status),
    ...list("Attachments", message.attachments, encodeAttachment),
    ...list("Sources", message.sources, encodeSource),
    ...text("Extra", message.extra),
    Digest: { S: digest },
    // Most rows come from full exports: they do without it.
    ...text("Layout", layout === "full" ? undefined : layout),
  };
}

/** What the row of an item is compared by. */
export function decodeSummary(item: Item): RowSummary {
  const digest = item["Digest"]?.S;
  return {
    ...given({ digest, position: numberOf(item["Position"]) }),
    ...(item["Branch"] !== undefined && { branch: true }),
    ...given({ pieces: piecesOf(item) }),
    role: item["Author"]?.S ?? "",
    contentType: item["ContentType"]?.S ?? "text",
    layout: layoutOf(item),
  };
}

/** Most rows come from full exports and do not say so; those of the Python tool have no digest. */
function layoutOf(item: Item): Layout {
  const layout = LAYOUTS.find((one) => one === item["Layout"]?.S);
  return layout ?? (item["Digest"] === undefined ? "text" : "full");
}

/**
 * The row of an item; attributes that the earlier Python tool did not write are absent.
 *
 * @param pieces The data of the pieces of its conversation, by sort key.
 */
export function decodeMessage(
  item: Item,
  pieces: ReadonlyMap<string, Uint8Array> = new Map(),
): StoredRow {
  const role = item["Author"]?.S;
  return {
    messageId: (item[KEYS.sort]?.S ?? "").slice(MESSAGE_PREFIX.length),
    ...given({ digest: item["Digest"]?.S }),
    layout: layoutOf(item),
    message: {
      ...(role !== undefined &&
        { author: { role, ...given({ name: item["AuthorName"]?.S }) } }),
      ...given({
        content: wholeContent(item, pieces),
        contentType: item["ContentType"]?.S,
        position: numberOf(item["Position"]),
        visible: item["Visible"]?.BOOL,
        model: item["Model"]?.S,
        branch: item["Branch"]?.S,
        recipient: item["Recipient"]?.S,
        channel: item["Channel"]?.S,
        status: item["Status"]?.S,
        attachments: item["Attachments"]?.L?.map(decodeAttachment),
        sources: item["Sources"]?.L?.map(decodeSource),
        extra: item["Extra"]?.S,
      }),
      parentId: item["ParentMessageID"]?.S ?? null,
      createTime: numberOf(item["Timestamp"]) ?? null,
    },
  };
}

/** The item of a conversation's head. */
export function encodeHead(
  conversation: ConversationMetadata,
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
    ...text("GizmoName", conversation.gizmoName),
    MessageCount: { N: String(head.messageCount) },
    Archived: { BOOL: conversation.archived },
    Starred: { BOOL: conversation.starred },
    ...number("PinnedTime", conversation.pinnedTime),
    ...text("Origin", conversation.origin),
    ...text("Voice", conversation.voice),
    ...text("MemoryScope", conversation.memoryScope),
    ...text("OwnerID", conversation.ownerId),
    ...list("ShareIDs", conversation.shareIds, (S) => ({ S })),
    ...list("Feedback", conversation.feedback, encodeFeedback),
    ...text("Extra", conversation.extra),
    ...text("Digest", head.digest),
    ...text("Layout", head.layout === "full" ? undefined : head.layout),
    ...number("Kept", head.kept || undefined),
    ...text("SourceDigest", head.source?.digest),
    ...number("SourceMessages", head.source?.messages),
    ...number("SourceOffThread", head.source?.offThread),
    Revision: { N: String(head.revision) },
    Run: { S: head.run },
  };
}

/** What the store compares a head by. */
export function decodeHead(conversationId: string, item: Item): Head {
  return {
    ...given({
      digest: item["Digest"]?.S,
      messageCount: numberOf(item["MessageCount"]),
      metadata: decodeMetadata(conversationId, item),
      layout: LAYOUTS.find((one) => one === item["Layout"]?.S),
      kept: numberOf(item["Kept"]),
      source: decodeSourceOf(item),
    }),
    revision: numberOf(item["Revision"]) ?? 0,
  };
}

function decodeSourceOf(item: Item): ConversationSource | undefined {
  const digest = item["SourceDigest"]?.S;
  const messages = numberOf(item["SourceMessages"]);
  const offThread = numberOf(item["SourceOffThread"]);
  return digest === undefined || messages === undefined ||
      offThread === undefined
    ? undefined
    : { digest, messages, offThread };
}

/** The metadata in a head; undefined where another tool wrote it. */
function decodeMetadata(
  conversationId: string,
  item: Item,
): ConversationMetadata | undefined {
  if (item["Revision"] === undefined) return undefined;
  return {
    id: conversationId,
    title: item["Title"]?.S ?? null,
    createTime: numberOf(item["CreateTime"]) ?? null,
    updateTime: numberOf(item["UpdateTime"]) ?? null,
    archived: item["Archived"]?.BOOL ?? false,
    starred: item["Starred"]?.BOOL ?? false,
    ...given({
      model: item["Model"]?.S,
      projectId: item["ProjectID"]?.S,
      gizmoId: item["GizmoID"]?.S,
      gizmoName: item["GizmoName"]?.S,
      pinnedTime: numberOf(item["PinnedTime"]),
      origin: item["Origin"]?.S,
      voice: item["Voice"]?.S,
      memoryScope: item["MemoryScope"]?.S,
      ownerId: item["OwnerID"]?.S,
      shareIds: item["ShareIDs"]?.L?.map(({ S }) => S ?? ""),
      feedback: item["Feedback"]?.L?.map(decodeFeedback),
      extra: item["Extra"]?.S,
    }),
  };
}

/** The partition of what is known of accounts. */
export const EXPORTS = "EXPORT#";

/** The key of what is known of an account's last export. */
export function exportKey(ownerId: string): Item {
  return {
    [KEYS.partition]: { S: EXPORTS },
    [KEYS.sort]: { S: storableId(ownerId) },
  };
}

/** The item of an account, and of its last export's shape where that is known. */
export function encodeShape(
  ownerId: string,
  shape: ExportShape | undefined,
  run: string,
): Item {
  return {
    ...exportKey(ownerId),
    ...text("Shape", shape && JSON.stringify(shape)),
    Run: { S: run },
  };
}

/** The reverse of {@linkcode encodeShape}; undefined where there is none of ours. */
export function decodeShape(item: Item): ExportShape | undefined {
  try {
    const shape = JSON.parse(item["Shape"]?.S ?? "null");
    const whole = DRIFT_KINDS.every((kind) =>
      typeof shape?.[kind] === "object" && shape[kind] !== null
    );
    return whole ? shape : undefined;
  } catch {
    return undefined;
  }
}
