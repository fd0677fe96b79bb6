/** Conversations that are stored just as their bytes in the export say. @module */

import type {
  RecognizedConversation,
  UnreadConversation,
} from "../domain/conversation.ts";
import type { Store } from "../store/store.ts";

/** Looks up which of them are stored whole and were read from the same bytes; the others are undefined. */
export async function recognize(
  unread: readonly UnreadConversation[],
  store: Store,
): Promise<readonly (RecognizedConversation | undefined)[]> {
  const heads = await store.heads(unread.map(({ id }) => id));
  return unread.map(({ id, digest }) => {
    const head = heads.get(id);
    const same = head?.digest !== undefined && head.source?.digest === digest;
    if (!same) return undefined;
    const { messages, offThread } = head.source;
    const updateTime = head.metadata?.updateTime ?? null;
    return { updateTime, messages, offThread };
  });
}
