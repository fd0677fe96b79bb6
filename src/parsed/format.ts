/** The text of a `_parsed.json` file: one conversation with all that reading it yielded. @module */

import {
  CLEARABLE,
  type Clearable,
  type Conversation,
  type ConversationRecord,
  type Feedback,
  type Gap,
  GAPS,
} from "../domain/conversation.ts";
import { storableId } from "../domain/id.ts";
import type { Issue, IssueCode } from "../domain/issue.ts";
import { type Layout, LAYOUTS } from "../domain/layout.ts";
import type { Attachment, Message, Source } from "../domain/message.ts";
import { Field } from "./check.ts";

/** A conversation as it was read from an export. */
export type ParsedConversation = Extract<
  ConversationRecord,
  { kind: "conversation" }
>;

/** What the names of parsed files end in. */
export const SUFFIX = "_parsed.json";

const FORMAT = "chatkeep/conversation";
const VERSION = 1;

/** The text of a conversation's file. */
export function formatConversation(record: ParsedConversation): string {
  const { messages, branches, ...metadata } = record.conversation;
  const { layout, untold, gap, offThread, offThreadIds } = record;
  const { issues, unknownTypes } = record;
  const file = {
    format: FORMAT,
    version: VERSION,
    ...metadata,
    layout,
    ...(untold && { untold }),
    ...(gap && { gap }),
    offThread,
    ...(offThreadIds && { offThreadIds }),
    issues,
    unknownTypes,
    messages,
    ...(branches && { branches }),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/** Whether a text begins as that of {@linkcode formatConversation} does. */
export function isOurs(beginning: string): boolean {
  return beginning.replace(/\s+/g, "").startsWith(`{"format":"${FORMAT}"`);
}

/**
 * Reads the text of a file, ours or of the Python pipeline.
 *
 * @param text The file's text.
 * @param base The file's name without its ending: the id of a conversation of the Python pipeline.
 * @throws {TypeError | SyntaxError} With the place of what is wrong, and no text of the conversation.
 */
export function readConversation(
  text: string,
  base: string,
): ParsedConversation {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    // The engine's message quotes the text.
    throw new SyntaxError("is no valid JSON");
  }
  return Array.isArray(json)
    ? readPython(new Field(json), base)
    : readOurs(new Field(json));
}

function readOurs(top: Field): ParsedConversation {
  top.get("format").oneOf(FORMAT);
  top.get("version").oneOf(VERSION);
  const ids = new Set<string>();
  const conversation: Conversation = {
    id: readId(top.get("id")),
    title: top.get("title").orNull(asString),
    createTime: top.get("createTime").orNull(asNumber),
    updateTime: top.get("updateTime").orNull(asNumber),
    ...top.optional("model", asString),
    ...top.optional("projectId", asString),
    ...top.optional("gizmoId", asString),
    ...top.optional("gizmoName", asString),
    archived: top.get("archived").boolean(),
    starred: top.get("starred").boolean(),
    ...top.optional("pinnedTime", asNumber),
    ...top.optional("origin", asString),
    ...top.optional("voice", asString),
    ...top.optional("memoryScope", asString),
    ...top.optional("ownerId", asString),
    ...top.optional("shareIds", (field) => field.list().map(asString)),
    ...top.optional("feedback", (field) => field.list().map(readFeedback)),
    ...top.optional("extra", asString),
    messages: readMessages(top.get("messages"), readOnThread, ids),
    ...top.optional("branches", (field) => readMessages(field, readOne, ids)),
  };
  const unknown = top.get("unknownTypes");
  return {
    kind: "conversation",
    conversation,
    layout: top.get("layout").oneOf<Layout>(...LAYOUTS),
    ...top.optional(
      "untold",
      (field) => field.list().map((one) => one.oneOf<Clearable>(...CLEARABLE)),
    ),
    ...top.optional("gap", (field) => field.oneOf<Gap>(...GAPS)),
    offThread: top.get("offThread").count(),
    ...top.optional("offThreadIds", (field) => field.list().map(asString)),
    issues: top.get("issues").list().map(readIssue),
    unknownTypes: Object.fromEntries(
      Object.keys(unknown.object()).map((type) => [
        type,
        unknown.get(type).count(),
      ]),
    ),
  };
}

/** Reads messages, each of which must have an id of its own: it is the key of a row. */
function readMessages(
  list: Field,
  read: (field: Field, position: number, previous: string | null) => Message,
  ids: Set<string> = new Set(),
): Message[] {
  let previous: string | null = null;
  return list.list().map((field, position) => {
    const message = read(field, position, previous);
    if (ids.has(message.id)) {
      throw new TypeError(`messages[${position}]: its id is there twice`);
    }
    ids.add(message.id);
    previous = message.id;
    return message;
  });
}

function readOnThread(field: Field, position: number): Message {
  if (field.get("position").count() !== position) {
    field.get("position").fail(String(position));
  }
  return readOne(field);
}

function readOne(field: Field): Message {
  const author = field.get("author");
  return {
    id: readId(field.get("id")),
    parentId: field.get("parentId").orNull(readId),
    position: field.get("position").count(),
    ...field.optional("branch", asString),
    author: {
      role: author.get("role").string(),
      ...author.optional("name", asString),
    },
    createTime: field.get("createTime").orNull(asNumber),
    contentType: field.get("contentType").string(),
    content: field.get("content").string(),
    visible: field.get("visible").boolean(),
    ...field.optional("model", asString),
    ...field.optional("recipient", asString),
    ...field.optional("channel", asString),
    ...field.optional("status", asString),
    ...field.optional("attachments", (list) => list.list().map(readAttachment)),
    ...field.optional("sources", (list) => list.list().map(readSource)),
    ...field.optional("extra", asString),
  };
}

function readAttachment(field: Field): Attachment {
  return {
    ...field.optional("id", asString),
    ...field.optional("name", asString),
    ...field.optional("type", asString),
    ...field.optional("size", asNumber),
    exported: field.get("exported").boolean(),
  };
}

function readSource(field: Field): Source {
  return {
    ...field.optional("title", asString),
    ...field.optional("url", asString),
  };
}

function readFeedback(field: Field): Feedback {
  return {
    id: field.get("id").string(),
    rating: field.get("rating").string(),
    ...field.optional("time", asNumber),
    ...field.optional("text", asString),
  };
}

function readIssue(field: Field): Issue {
  return {
    code: field.get("code").oneOf<IssueCode>(
      "unreadable-file",
      "missing-shard",
      "bad-conversation",
      "bad-message",
      "not-stored",
      "delete-limit",
    ),
    where: field.get("where").string(),
    message: field.get("message").string(),
    ...field.optional("conversationId", asString),
    ...field.optional("messageId", asString),
  };
}

/** The Python pipeline wrote a list of messages, and of the conversation no more than its id, as the name. */
function readPython(list: Field, base: string): ParsedConversation {
  const messages = readMessages(list, readPythonMessage);
  const times = messages.map((message) => message.createTime)
    .filter((time) => time !== null);
  return {
    kind: "conversation",
    conversation: {
      id: storableId(base),
      title: null,
      createTime: times.at(0) ?? null,
      updateTime: times.length === 0
        ? null
        : times.reduce((most, time) => Math.max(most, time)),
      archived: false,
      starred: false,
      messages,
    },
    layout: "text",
    untold: CLEARABLE,
    offThread: 0,
    issues: [],
    unknownTypes: {},
  };
}

function readPythonMessage(
  field: Field,
  position: number,
  previous: string | null,
): Message {
  const time = field.get("Timestamp");
  const content = field.get("Content");
  return {
    id: storableId(asText(field.get("MessageID"))),
    parentId: previous,
    position,
    author: { role: asText(field.get("Author")) || "unknown" },
    createTime: time.absent ? null : time.orNull(asNumber),
    contentType: "text",
    content: content.absent ? "" : content.orNull(asText) ?? "",
    visible: true,
  };
}

/** Text of the Python pipeline, which did not mend broken Unicode. */
function asText(field: Field): string {
  const { value } = field;
  return typeof value === "string" ? value.toWellFormed() : field.string();
}

function asString(field: Field): string {
  return field.string();
}

function asNumber(field: Field): number {
  return field.number();
}

function readId(field: Field): string {
  const id = field.string();
  if (storableId(id) !== id) field.fail("an id of 1 to 1,000 bytes");
  return id;
}
