/** What the files beside the conversations tell of them. @module */

import type { Feedback } from "../domain/conversation.ts";
import type { Inventory } from "../domain/inventory.ts";
import { isObject, listOf, type RawObject, textOf } from "./raw.ts";
import { readTime } from "./time.ts";

/** The details of all conversations. */
export interface Details {
  /** The id of the account that the export is of, from `user.json`. */
  readonly ownerId?: string;
  /** Ids of public copies by conversation, from `shared_conversations.json`; absent without that file. */
  readonly shares?: ReadonlyMap<string, readonly string[]>;
  /** Ratings by conversation, from `message_feedback.json`; absent without that file. */
  readonly feedback?: ReadonlyMap<string, readonly Feedback[]>;
}

/** The details of one conversation. */
export type ConversationDetails = {
  readonly ownerId?: string;
  readonly shareIds?: readonly string[];
  readonly feedback?: readonly Feedback[];
};

/** The values of the JSON files that tell of conversations; those that are not there are undefined. */
export interface DetailFiles {
  readonly user?: unknown;
  readonly shared?: unknown;
  readonly feedback?: unknown;
}

/** Reads the files; what has another shape than theirs is passed over. */
export function readDetails({ user, shared, feedback }: DetailFiles): Details {
  const ownerId = isObject(user) ? textOf(user.id) : undefined;
  return {
    ...(ownerId !== undefined && { ownerId }),
    ...(Array.isArray(shared) && {
      shares: byConversation(shared, (entry) => textOf(entry.id)),
    }),
    ...(Array.isArray(feedback) && {
      feedback: byConversation(feedback, readFeedback),
    }),
  };
}

/** What is told of one conversation. */
export function detailsOf(
  { ownerId, shares, feedback }: Details,
  conversationId: string,
): ConversationDetails {
  return {
    ...(ownerId !== undefined && { ownerId }),
    ...(shares && { shareIds: shares.get(conversationId) ?? [] }),
    ...(feedback && { feedback: feedback.get(conversationId) ?? [] }),
  };
}

/** How many records of each file belong to one of the conversations. */
export function countUsed(
  { shares, feedback }: Details,
  conversationIds: ReadonlySet<string>,
): Inventory["details"] {
  const count = (records: ReadonlyMap<string, readonly unknown[]>) => {
    let all = 0;
    let used = 0;
    for (const [id, list] of records) {
      all += list.length;
      if (conversationIds.has(id)) used += list.length;
    }
    return { records: all, used };
  };
  return {
    ...(shares && { "shared_conversations.json": count(shares) }),
    ...(feedback && { "message_feedback.json": count(feedback) }),
  };
}

/** Groups what can be read of the entries by their `conversation_id`. */
function byConversation<T>(
  entries: readonly unknown[],
  read: (entry: RawObject) => T | undefined,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const entry of listOf(entries)) {
    if (!isObject(entry)) continue;
    const id = textOf(entry.conversation_id) ?? "";
    const value = read(entry);
    if (value === undefined) continue;
    groups.set(id, [...groups.get(id) ?? [], value]);
  }
  return groups;
}

function readFeedback(entry: RawObject): Feedback | undefined {
  const id = textOf(entry.id);
  const rating = textOf(entry.rating);
  if (id === undefined || rating === undefined) return undefined;
  const time = readTime(entry.create_time);
  const text = textOf(entry.content);
  return {
    id,
    rating,
    ...(time !== null && { time }),
    // Most exports have an empty JSON object here.
    ...(text !== undefined && text !== "{}" && { text }),
  };
}
