/** Digests by which a stored conversation is compared with an exported one without reading it back. @module */

import { createHash } from "node:crypto";
import type { ConversationMetadata } from "./conversation.ts";
import type { Layout } from "./layout.ts";
import type { Message } from "./message.ts";

/**
 * The version of what is stored for a message or conversation. It is part of every digest: raising it
 * makes the next sync rewrite what earlier versions stored.
 */
const SCHEMA_VERSION = 1;

/** In the order in which they are digested. */
const METADATA_FIELDS = [
  "id",
  "title",
  "createTime",
  "updateTime",
  "model",
  "projectId",
  "gizmoId",
  "gizmoName",
  "archived",
  "starred",
  "pinnedTime",
  "origin",
  "voice",
  "memoryScope",
  "ownerId",
  "shareIds",
  "feedback",
  "extra",
] as const satisfies readonly (keyof ConversationMetadata)[];

/** SHA-256 of all that is stored for a message, base64url, cut to 22 characters (132 bits). */
export function messageDigest(message: Message): string {
  const {
    id,
    parentId,
    position,
    author,
    createTime,
    contentType,
    visible,
    model,
    content,
    branch,
    recipient,
    channel,
    status,
    attachments,
    sources,
    extra,
  } = message;
  const head = [
    SCHEMA_VERSION,
    id,
    parentId,
    position,
    author.role,
    author.name ?? null,
    createTime,
    contentType,
    visible,
    model ?? null,
    branch,
    recipient,
    channel,
    status,
    attachments,
    sources,
    extra,
  ];
  // The head is JSON, so it ends where its bracket closes: no two messages share one input.
  return createHash("sha256").update(JSON.stringify(head)).update(content)
    .digest("base64url").slice(0, 22);
}

/**
 * SHA-256 of all that is stored for a conversation: its metadata and the digests of its messages in
 * the order of the thread.
 *
 * @param conversation The conversation; its messages are those whose digests follow.
 * @param messageDigests The digest of each message, in the same order.
 * @param layout What the export ships. Of a poorer one not all that it says may be stored, so the same from a
 *     richer one is not the same.
 */
export function conversationDigest(
  conversation: ConversationMetadata,
  messageDigests: Iterable<string>,
  layout: Layout = "full",
): string {
  const hash = createHash("sha256").update(JSON.stringify([
    SCHEMA_VERSION,
    ...METADATA_FIELDS.map((field) => orNone(conversation[field])),
    ...(layout === "full" ? [] : [layout]),
  ]));
  for (const digest of messageDigests) hash.update(digest);
  return hash.digest("base64url").slice(0, 22);
}

/** An empty list is stored as none. */
function orNone(value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}
