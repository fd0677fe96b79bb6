/** Small values for tests: conversations as the program keeps them, and as ChatGPT exports them. @module */

import type {
  Conversation,
  ConversationRecord,
} from "../../src/domain/conversation.ts";
import type { Message } from "../../src/domain/message.ts";

/** A message with defaults: the user's `Hello`, first on its thread. */
export function message(fields: Partial<Message> = {}): Message {
  return {
    id: "m0",
    parentId: null,
    position: 0,
    author: { role: "user" },
    createTime: 1_700_000_000,
    contentType: "text",
    content: "Hello",
    visible: true,
    ...fields,
  };
}

/** Messages that form a thread, user and assistant by turns, with ids `m0`, `m1` and so on. */
export function thread(...contents: string[]): Message[] {
  return contents.map((content, position) =>
    message({
      id: `m${position}`,
      parentId: position === 0 ? null : `m${position - 1}`,
      position,
      author: { role: position % 2 === 0 ? "user" : "assistant" },
      createTime: 1_700_000_000 + position,
      content,
    })
  );
}

/** A conversation with defaults; one message unless others are given. */
export function conversation(fields: Partial<Conversation> = {}): Conversation {
  return {
    id: "c0",
    title: "Greeting",
    createTime: 1_700_000_000,
    updateTime: 1_700_000_100,
    archived: false,
    starred: false,
    messages: [message()],
    ...fields,
  };
}

/** The record of a conversation that was read without trouble. */
export function record(
  fields: Partial<Conversation> = {},
): Extract<ConversationRecord, { kind: "conversation" }> {
  return {
    kind: "conversation",
    conversation: conversation(fields),
    layout: "full",
    offThread: 0,
    issues: [],
    unknownTypes: {},
  };
}

/** Any JSON object. */
export type Json = Record<string, unknown>;

/** One message of a raw conversation. */
export interface RawTurn extends Json {
  /** The node's key and the message's id. */
  id: string;
  /** The parent's key; the turn before it unless given, the root for the first. */
  parent?: string | null;
  /** `user` unless given. */
  role?: string;
  /** The one part of a content of type `text`. */
  text?: string;
  /** The whole content, instead of `text`. */
  content?: unknown;
  /** The tool's name. */
  name?: string;
  /** Fields of the message itself, which win over all others. */
  fields?: Json;
}

/** Options of {@linkcode rawConversation}. */
export interface RawOptions {
  /** `slim` leaves out what exports leave out since July 2026: children, status, recipient and more. */
  era?: "full" | "slim";
  /** Fields of the conversation, which win over the defaults. */
  fields?: Json;
}

/** A raw conversation: its root is a node without a message, its current node the last turn. */
export function rawConversation(
  id: string,
  turns: RawTurn[],
  { era = "full", fields = {} }: RawOptions = {},
): Json {
  const root = `${id}-root`;
  const mapping: Record<string, Json> = {
    [root]: { id: root, message: null, parent: null, children: [] },
  };
  let previous = root;
  for (const [index, turn] of turns.entries()) {
    const parent = turn.parent === undefined ? previous : turn.parent;
    mapping[turn.id] = {
      id: turn.id,
      message: rawMessage(turn, era, 1_700_000_000 + index * 10),
      parent,
      children: [],
    };
    const siblings = parent === null ? undefined : mapping[parent]?.children;
    if (Array.isArray(siblings)) siblings.push(turn.id);
    previous = turn.id;
  }
  if (era === "slim") {
    for (const node of Object.values(mapping)) delete node.children;
  }
  return {
    id,
    conversation_id: id,
    title: `About ${id}`,
    create_time: 1_700_000_000,
    update_time: 1_700_000_000 + turns.length * 10,
    current_node: previous,
    mapping,
    ...fields,
  };
}

function rawMessage(turn: RawTurn, era: "full" | "slim", time: number): Json {
  const { id, role = "user", text = "", name, fields } = turn;
  const content = turn.content === undefined
    ? { content_type: "text", parts: [text] }
    : turn.content;
  const author = era === "full"
    ? { role, name: name ?? null, metadata: {} }
    : { role, name: name ?? null };
  const message = { id, author, create_time: time, content };
  return era === "slim" ? { ...message, ...fields } : {
    ...message,
    update_time: null,
    status: "finished_successfully",
    end_turn: role === "assistant" ? true : null,
    weight: 1,
    recipient: "all",
    channel: null,
    metadata: {},
    ...fields,
  };
}
