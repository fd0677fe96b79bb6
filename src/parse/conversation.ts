/** One element of the export's list as a conversation. @module */

import type { ConversationRecord } from "../domain/conversation.ts";
import { storableId } from "../domain/id.ts";
import type { Issue } from "../domain/issue.ts";
import type { Layout } from "../domain/layout.ts";
import type { Message } from "../domain/message.ts";
import { readMessage } from "./message.ts";
import { isObject, type RawConversation, textOf } from "./raw.ts";
import { readThread, type ThreadNode } from "./thread.ts";
import { readTime } from "./time.ts";

/** Where an element comes from. */
export interface Origin {
  /** The file and the element's index in it, for people. */
  readonly where: string;
  /** The id of a conversation that has none of its own. */
  readonly fallbackId: () => string;
}

/** Whether a value is an object with a tree of messages. */
export function isConversation(
  value: unknown,
): value is RawConversation & { mapping: Record<string, unknown> } {
  return isObject(value) && isObject(value.mapping);
}

/** Reads an element; one that is no conversation yields a record that says so. */
export function readConversation(
  raw: unknown,
  { where, fallbackId }: Origin,
): ConversationRecord {
  if (!isConversation(raw)) {
    const message = isObject(raw)
      ? "has no object called mapping"
      : "is no object";
    return failed(where, message);
  }
  try {
    const id = storableId(idOf(raw) ?? fallbackId());
    const { nodes, offThread } = readThread(raw.mapping, raw.current_node);
    const thread = readMessages(nodes, where, id);
    const conversation = {
      id,
      title: textOf(raw.title) ?? null,
      createTime: readTime(raw.create_time),
      updateTime: readTime(raw.update_time),
      ...readSetting(raw),
      archived: raw.is_archived === true,
      starred: raw.is_starred === true,
      messages: thread.messages,
    };
    const { issues, unknownTypes } = thread;
    return {
      kind: "conversation",
      conversation,
      layout: layoutOf(raw.mapping),
      offThread,
      issues,
      unknownTypes,
    };
  } catch (error) {
    return failed(where, `cannot be read: ${nameOf(error)}`);
  }
}

/**
 * The layout of a tree: exports since July 2026 have no children in nodes and none of these fields in
 * messages.
 */
function layoutOf(mapping: Record<string, unknown>): Layout {
  for (const node of Object.values(mapping)) {
    if (!isObject(node)) continue;
    const { message } = node;
    if (
      Array.isArray(node.children) ||
      (isObject(message) &&
        ["status", "weight", "recipient", "end_turn"].some((field) =>
          field in message
        ))
    ) return "full";
  }
  return "slim";
}

/** The record of an element that is no readable conversation. */
export function failed(where: string, message: string): ConversationRecord {
  return {
    kind: "failed",
    issue: { code: "bad-conversation", where, message },
  };
}

function idOf(raw: RawConversation): string | undefined {
  return [raw.conversation_id, raw.id].map(idText).find((id) =>
    id !== undefined
  );
}

/** An id as a string. It may be ill-formed here: making it well-formed could make two ids one. */
function idText(id: unknown): string | undefined {
  if (typeof id === "number") return String(id);
  return typeof id === "string" && id !== "" ? id : undefined;
}

/** The model, and the project or custom GPT, where there is one. */
function readSetting(raw: RawConversation) {
  const model = textOf(raw.default_model_slug);
  const gizmos = [raw.gizmo_id, raw.conversation_template_id].map(textOf)
    .filter((id) => id?.startsWith("g-"));
  const projectId = gizmos.find((id) => id?.startsWith("g-p-"));
  const gizmoId = gizmos.find((id) => !id?.startsWith("g-p-"));
  return {
    ...(model !== undefined && { model }),
    ...(projectId !== undefined && { projectId }),
    ...(gizmoId !== undefined && { gizmoId }),
  };
}

/** The messages of a thread that can be read, and issues for those that cannot. */
function readMessages(
  nodes: readonly ThreadNode[],
  where: string,
  conversationId: string,
) {
  const messages: Message[] = [];
  const issues: Issue[] = [];
  const unknownTypes = new Map<string, number>();
  const taken = new Set<string>();
  let parentId: string | null = null;
  for (const { key, node } of nodes) {
    const raw = node.message;
    const id = ownId([isObject(raw) ? idText(raw.id) : undefined, key], taken);
    const bad = (message: string) =>
      issues.push({
        code: "bad-message",
        where,
        message,
        conversationId,
        messageId: id,
      });
    if (!isObject(raw)) {
      bad("is no object");
      continue;
    }
    try {
      const placing = { id, parentId, position: messages.length };
      const read = readMessage(raw, placing);
      messages.push(read.message);
      parentId = id;
      for (const type of read.unknownTypes) {
        unknownTypes.set(type, (unknownTypes.get(type) ?? 0) + 1);
      }
    } catch (error) {
      bad(`cannot be read: ${nameOf(error)}`);
    }
  }
  return { messages, issues, unknownTypes: Object.fromEntries(unknownTypes) };
}

/** The first of the names that is not taken on this thread, else the first with a number behind it. */
function ownId(
  names: readonly (string | undefined)[],
  taken: Set<string>,
): string {
  const ids = names.filter((name) => name !== undefined).map(storableId);
  let id = ids.find((one) => !taken.has(one));
  for (let copy = 2; id === undefined; copy++) {
    const numbered = storableId(`${ids[0]}~${copy}`);
    if (!taken.has(numbered)) id = numbered;
  }
  taken.add(id);
  return id;
}

/** An error's class: its message could quote the conversation. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
