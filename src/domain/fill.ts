/** What an export does not tell is taken from what is stored: an absent field never erases one. @module */

import type { Clearable, ConversationMetadata } from "./conversation.ts";
import { fillLabels } from "./label.ts";
import type { Attachment, Message } from "./message.ts";

/** Fields that no person can empty: where they are, there was something to tell. */
const LASTING = [
  "title",
  "createTime",
  "updateTime",
  "model",
  "gizmoName",
  "origin",
  "voice",
  "memoryScope",
  "extra",
  // These come from files beside the conversations, which not every export has.
  "ownerId",
  "shareIds",
  "feedback",
] as const satisfies readonly (keyof ConversationMetadata)[];

/** The same of messages. */
const LASTING_IN_MESSAGES = [
  "createTime",
  "model",
  "sources",
  "extra",
] as const;

/**
 * The metadata with what its export does not tell filled in.
 *
 * @param untold Fields that may be empty, but that the export does not have at all.
 */
export function fillMetadata(
  metadata: ConversationMetadata,
  stored: ConversationMetadata | undefined,
  untold: readonly Clearable[] = [],
): ConversationMetadata {
  if (stored === undefined) return metadata;
  const fields = [...lacking(metadata, LASTING), ...untold];
  return { ...metadata, ...given(stored, fields) };
}

/**
 * The message with what its export does not tell filled in. Names and sizes of files, and whether they were
 * exported, come from files beside the conversations, which not every export has.
 */
export function fillMessage(
  message: Message,
  stored: Partial<Omit<Message, "id">>,
): Message {
  const { author, attachments } = message;
  const name = author.name ?? stored.author?.name;
  const files = fillAttachments(attachments, stored.attachments);
  return {
    ...message,
    ...given(stored, lacking(message, LASTING_IN_MESSAGES)),
    ...(files && { attachments: files }),
    author: { ...author, ...(name !== undefined && { name }) },
    // What once came before a message always did.
    parentId: message.parentId ?? stored.parentId ?? null,
    content: fillLabels(message.content, stored.content),
  };
}

function fillAttachments(
  attachments: readonly Attachment[] | undefined,
  stored: readonly Attachment[] | undefined,
): readonly Attachment[] | undefined {
  if (attachments === undefined || stored === undefined) {
    return attachments ?? stored;
  }
  return attachments.map((one, index) => {
    const same = one.id === undefined
      ? attachments.length === stored.length ? stored[index] : undefined
      : stored.find(({ id }) => id === one.id);
    if (same === undefined) return one;
    const { id = same.id, name = same.name, type = same.type } = one;
    const { size = same.size } = one;
    return {
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
      ...(type !== undefined && { type }),
      ...(size !== undefined && { size }),
      exported: one.exported || same.exported,
    };
  });
}

/** Those of the fields that the object does not have. */
function lacking<K extends string>(
  object: { readonly [key in K]?: unknown },
  fields: readonly K[],
): K[] {
  return fields.filter((field) => !isTold(object[field]));
}

/** Those of the fields that the object has, with their values. */
function given<T extends object, K extends keyof T>(
  object: T,
  fields: readonly K[],
): Pick<T, K> {
  const told = fields.filter((field) => isTold(object[field]));
  return Object.fromEntries(
    told.map((field) => [field, object[field]]),
  ) as Pick<T, K>;
}

function isTold(value: unknown): boolean {
  return value !== undefined && value !== null;
}
