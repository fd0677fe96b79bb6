/** Group chats, which have files, fields and a shape of their own. @module */

import { CLEARABLE, type ConversationRecord } from "../domain/conversation.ts";
import { storableId } from "../domain/id.ts";
import type { Issue } from "../domain/issue.ts";
import { type Message, renderParts } from "../domain/message.ts";
import { cleanText } from "./citations.ts";
import { failed, type Origin } from "./conversation.ts";
import { detailsOf } from "./details.ts";
import { extraJson, type Extras } from "./fields.ts";
import { Files } from "./files.ts";
import { idText, nameOf, ownId } from "./messages.ts";
import { isObject, type RawObject, textOf } from "./raw.ts";
import type { Reading } from "./reading.ts";
import { readTime } from "./time.ts";

const ORIGIN = "group_chat";
const CHAT_FIELDS = ["id", "name", "created_at", "updated_at", "messages"];
const MESSAGE_FIELDS = ["id", "role", "text", "attachments", "created_at"];

/** Reads one chat of `group_chats.json`: its messages are a list, in order. */
export function readGroupChat(
  raw: unknown,
  { where, fallbackId }: Origin,
  reading: Reading,
): ConversationRecord {
  if (!isObject(raw) || !Array.isArray(raw.messages)) {
    return failed(where, "is no group chat: it has no list called messages");
  }
  try {
    const id = storableId(idText(raw.id) ?? fallbackId());
    const issues: Issue[] = [];
    const messages: Message[] = [];
    const taken = new Set<string>();
    for (const [index, entry] of raw.messages.entries()) {
      const own = isObject(entry) ? idText(entry.id) : undefined;
      const messageId = ownId([own ?? `${id}-${index}`], taken);
      if (isObject(entry)) {
        messages.push(readEntry(entry, messageId, messages.at(-1), reading));
        continue;
      }
      const message = "is no object";
      const conversationId = id;
      issues.push({
        code: "bad-message",
        where,
        message,
        conversationId,
        messageId,
      });
    }
    reading.countLayout("full");
    const extra = extraJson(rest(raw, CHAT_FIELDS));
    return {
      kind: "conversation",
      conversation: {
        id,
        title: textOf(raw.name) ?? null,
        createTime: readTime(raw.created_at),
        updateTime: readTime(raw.updated_at),
        archived: false,
        starred: false,
        origin: ORIGIN,
        ...detailsOf(reading.knowledge.details, id),
        ...(extra !== undefined && { extra }),
        messages,
        ...(reading.knowledge.branches && { branches: [] }),
      },
      layout: "full",
      untold: CLEARABLE,
      offThread: 0,
      issues,
      unknownTypes: {},
    };
  } catch (error) {
    return failed(where, `cannot be read: ${nameOf(error)}`);
  }
}

function readEntry(
  raw: RawObject,
  id: string,
  before: Message | undefined,
  reading: Reading,
): Message {
  const extras = rest(raw, MESSAGE_FIELDS);
  const files = new Files(raw, reading, id, extras);
  const text = cleanText(textOf(raw.text) ?? "", undefined);
  const content = renderParts([...files.attached(), { kind: "text", text }]);
  const role = textOf(raw.role) ?? "unknown";
  const extra = extraJson(extras);
  reading.countMessage("text", role);
  return {
    id,
    parentId: before?.id ?? null,
    position: (before?.position ?? -1) + 1,
    author: { role },
    createTime: readTime(raw.created_at),
    contentType: "text",
    content,
    visible: /\S/.test(content) && (role === "user" || role === "assistant"),
    ...(files.attachments.length > 0 && { attachments: files.attachments }),
    ...(extra !== undefined && { extra }),
  };
}

/** The fields that have no place of their own. */
function rest(raw: RawObject, known: readonly string[]): Extras {
  return new Map(
    Object.entries(raw).filter(([name, value]) =>
      !known.includes(name) && value !== null &&
      !(Array.isArray(value) && value.length === 0)
    ),
  );
}
