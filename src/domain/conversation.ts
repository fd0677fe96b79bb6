/** A conversation and what parsing an export yields for each. @module */

import type { Issue } from "./issue.ts";
import type { Layout } from "./layout.ts";
import type { Message } from "./message.ts";

/** One conversation with its canonical thread: the walk from `current_node` to the root, reversed. */
export interface Conversation {
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
  readonly archived: boolean;
  readonly starred: boolean;
  /** The thread, first message first. */
  readonly messages: readonly Message[];
}

/** What became of one element of an export's conversation list. */
export type ConversationRecord =
  | {
    readonly kind: "conversation";
    readonly conversation: Conversation;
    /** What the export ships of a conversation at all. */
    readonly layout: Layout;
    /** Messages of the conversation that lie off the thread, on branches of edits and regenerations. */
    readonly offThread: number;
    /** Messages on the thread that could not be read. With any, nothing of it may be deleted. */
    readonly issues: readonly Issue[];
    /** Content types that the program does not know, with how many messages have each. */
    readonly unknownTypes: Readonly<Record<string, number>>;
  }
  | {
    /** An element that is no readable conversation. */
    readonly kind: "failed";
    readonly issue: Issue;
  }
  | {
    /** A file, or the rest of one, that could not be read: how many conversations it held is unknown. */
    readonly kind: "unreadable";
    readonly issue: Issue;
  };
