/** One element of the export's list as a conversation. @module */

import {
  CLEARABLE,
  type Clearable,
  type ConversationMetadata,
  type ConversationRecord,
} from "../domain/conversation.ts";
import { storableId } from "../domain/id.ts";
import type { Layout } from "../domain/layout.ts";
import { detailsOf } from "./details.ts";
import { extraJson, type Extras } from "./fields.ts";
import { idText, nameOf, readMessages } from "./messages.ts";
import {
  isObject,
  objectOf,
  type RawConversation,
  type RawObject,
  textOf,
} from "./raw.ts";
import { Reading } from "./reading.ts";
import { readThread, type Thread } from "./thread.ts";
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
  reading: Reading = new Reading(),
): ConversationRecord {
  if (!isConversation(raw)) {
    const message = isObject(raw)
      ? "has no object called mapping"
      : "is no object";
    return failed(where, message);
  }
  try {
    const id = storableId(idOf(raw) ?? fallbackId());
    const thread = readThread(raw.mapping, raw.current_node);
    const { messages, branches, issues, unknownTypes } = readMessages(
      thread,
      { where, conversationId: id },
      reading,
    );
    const metadata = readMetadata(raw, id, reading);
    const layout = layoutOf(raw.mapping);
    reading.countLayout(layout);
    for (const node of Object.values(raw.mapping)) {
      if (isObject(node)) reading.fields.take("node", node, new Map());
    }
    return {
      kind: "conversation",
      conversation: { ...metadata, messages, ...(branches && { branches }) },
      layout,
      untold: untoldOf(raw),
      ...(thread.gap && { gap: thread.gap }),
      offThread: branches === undefined ? thread.offThread : 0,
      ...(thread.offThread > 0 && { offThreadIds: idsOff(thread) }),
      issues,
      unknownTypes,
    };
  } catch (error) {
    return failed(where, `cannot be read: ${nameOf(error)}`);
  }
}

/** Ids of the messages that are certainly off the thread; where they may have been stored by another name, both. */
function idsOff(thread: Thread): string[] {
  const ids = new Set<string>();
  for (const { key, node: { message }, certain } of thread.branches()) {
    if (!certain) continue;
    const own = isObject(message) ? idText(message.id) : undefined;
    ids.add(storableId(key)).add(storableId(own ?? key));
  }
  return [...ids];
}

function readMetadata(
  raw: RawConversation,
  id: string,
  { fields, knowledge }: Reading,
): ConversationMetadata {
  const extras: Extras = new Map();
  fields.take("conversation", raw as RawObject, extras);
  const extra = extraJson(extras);
  const pinnedTime = readTime(raw.pinned_time);
  const origin = textOf(raw.conversation_origin);
  const voice = textOf(raw.voice) ?? textOf(objectOf(raw.voice).name) ??
    textOf(objectOf(raw.voice).id);
  const memoryScope = textOf(raw.memory_scope);
  return {
    id,
    title: textOf(raw.title) ?? null,
    createTime: readTime(raw.create_time),
    updateTime: readTime(raw.update_time),
    ...readSetting(raw),
    archived: raw.is_archived === true,
    starred: raw.is_starred === true,
    ...(pinnedTime !== null && { pinnedTime }),
    ...(origin !== undefined && { origin }),
    ...(voice !== undefined && { voice }),
    ...(memoryScope !== undefined && { memoryScope }),
    ...detailsOf(knowledge.details, id),
    ...(extra !== undefined && { extra }),
  };
}

/** The fields that the export does not have. */
function untoldOf(raw: RawConversation): Clearable[] {
  const has = (...names: (keyof RawConversation)[]) =>
    names.some((name) => raw[name] !== undefined);
  const setting = has("gizmo_id", "conversation_template_id");
  const told: Record<Clearable, boolean> = {
    archived: has("is_archived"),
    starred: has("is_starred"),
    pinnedTime: has("pinned_time"),
    projectId: setting,
    gizmoId: setting,
  };
  return CLEARABLE.filter((field) => !told[field]);
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

/** The model, and the project or custom GPT, where there is one. */
function readSetting(raw: RawConversation) {
  const model = textOf(raw.default_model_slug);
  const gizmos = [raw.gizmo_id, raw.conversation_template_id].map(textOf)
    .filter((id) => id?.startsWith("g-"));
  const projectId = gizmos.find((id) => id?.startsWith("g-p-"));
  const gizmoId = gizmos.find((id) => !id?.startsWith("g-p-"));
  const gizmo = objectOf(raw.gizmo);
  const gizmoName = textOf(objectOf(gizmo.display).name) ?? textOf(gizmo.name);
  return {
    ...(model !== undefined && { model }),
    ...(projectId !== undefined && { projectId }),
    ...(gizmoId !== undefined && { gizmoId }),
    ...(gizmoName !== undefined && { gizmoName }),
  };
}
