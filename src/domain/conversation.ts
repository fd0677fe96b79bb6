/** A conversation and what parsing an export yields for each. @module */

import type { Inventory } from "./inventory.ts";
import type { Issue } from "./issue.ts";
import type { Layout } from "./layout.ts";
import type { Message } from "./message.ts";

/** What is known of a conversation besides its messages. All text is well-formed Unicode. */
export interface ConversationMetadata {
  readonly id: string;
  /** Null where ChatGPT never named it. */
  readonly title: string | null;
  /** Seconds since 1970, or null where the export has none. */
  readonly createTime: number | null;
  /** Seconds since 1970, or null where the export has none. */
  readonly updateTime: number | null;
  /** The model the conversation was set to, such as `gpt-4o`. */
  readonly model?: string;
  /** The project it belongs to: an id that begins with `g-p-`. */
  readonly projectId?: string;
  /** The custom GPT it was held with: an id that begins with `g-`. */
  readonly gizmoId?: string;
  /** The name of that project or custom GPT, where the export has it. */
  readonly gizmoName?: string;
  readonly archived: boolean;
  readonly starred: boolean;
  /** When it was pinned, in seconds since 1970. */
  readonly pinnedTime?: number;
  /** Where it was begun, as ChatGPT calls it; `group_chat` for a group chat. */
  readonly origin?: string;
  /** The voice that spoke in it. */
  readonly voice?: string;
  /** What ChatGPT may remember in it, such as `global_enabled`. */
  readonly memoryScope?: string;
  /** The id of the account that the export is of; absent where the export does not say. */
  readonly ownerId?: string;
  /** The ids of its public copies; absent where the export does not say. */
  readonly shareIds?: readonly string[];
  /** What the person thought of answers in it; absent where the export does not say. */
  readonly feedback?: readonly Feedback[];
  /** Fields that have no place above, as a JSON object. */
  readonly extra?: string;
}

/** Fields that a person may empty again, so that their being empty tells something. */
export const CLEARABLE = [
  "archived",
  "starred",
  "pinnedTime",
  "projectId",
  "gizmoId",
] as const satisfies readonly (keyof ConversationMetadata)[];

/** One of {@linkcode CLEARABLE}. */
export type Clearable = typeof CLEARABLE[number];

/** A rating of an answer. */
export interface Feedback {
  /** Its id, which is that of the message in most exports. */
  readonly id: string;
  /** `thumbsUp` or `thumbsDown`. */
  readonly rating: string;
  /** Seconds since 1970. */
  readonly time?: number;
  /** What the person wrote, often as JSON. */
  readonly text?: string;
}

/** One conversation with its canonical thread: the walk from `current_node` to the root, reversed. */
export interface Conversation extends ConversationMetadata {
  /** The thread, first message first. */
  readonly messages: readonly Message[];
  /** Messages on branches of edits and regenerations, where they were asked for. */
  readonly branches?: readonly Message[];
}

/**
 * What of a thread is a guess, so that a stored message which is not on it may be on the true one. `before`: what
 * comes before its first message, whose parent is not in the export; `all`: the whole of it, since its current
 * message is not known or its tree is none.
 */
export const GAPS = ["before", "all"] as const;

/** One of {@linkcode GAPS}. */
export type Gap = typeof GAPS[number];

/** The bytes that a conversation was read from. */
export interface ConversationSource {
  /** A digest of them, and of all else that what was read depends on. */
  readonly digest: string;
  /** How many messages were read from them, on the thread and wanted branches. */
  readonly messages: number;
  /** How many were left out, on branches of edits and regenerations. */
  readonly offThread: number;
}

/** A conversation of an export before it is parsed. */
export interface UnreadConversation {
  readonly id: string;
  /** As in {@linkcode ConversationSource}. */
  readonly digest: string;
}

/** What is stored of a conversation whose bytes are the same as then. */
export interface RecognizedConversation {
  /** Seconds since 1970, or null. */
  readonly updateTime: number | null;
  /** As in {@linkcode ConversationSource}. */
  readonly messages: number;
  readonly offThread: number;
}

/** What became of one element of an export's conversation list. */
export type ConversationRecord =
  | {
    readonly kind: "conversation";
    readonly conversation: Conversation;
    /** What the export ships of a conversation at all. */
    readonly layout: Layout;
    /** Fields that the export does not have at all, which is not the same as their being empty; none unless given. */
    readonly untold?: readonly Clearable[];
    /** What of the thread is a guess; nothing unless given. */
    readonly gap?: Gap;
    /** Messages that lie off the thread and were left out, on branches of edits and regenerations. */
    readonly offThread: number;
    /** Ids of the messages that are certainly off the thread, whether they were left out or not. */
    readonly offThreadIds?: readonly string[];
    /** Messages on the thread that could not be read. With any, nothing of it may be deleted. */
    readonly issues: readonly Issue[];
    /** Content types that the program does not know, with how many messages have each. */
    readonly unknownTypes: Readonly<Record<string, number>>;
    /** The bytes that it was read from, where they tell all of it. */
    readonly source?: ConversationSource;
  }
  | ({
    /** A conversation that is stored as its bytes say: it was not parsed. */
    readonly kind: "same";
    readonly id: string;
  } & RecognizedConversation)
  | {
    /** An element that is no readable conversation. */
    readonly kind: "failed";
    readonly issue: Issue;
  }
  | {
    /** A file, or the rest of one, that could not be read: how many conversations it held is unknown. */
    readonly kind: "unreadable";
    readonly issue: Issue;
  }
  | {
    /** What was found in the export on the way; the last record of a complete reading. */
    readonly kind: "inventory";
    readonly inventory: Inventory;
  };
