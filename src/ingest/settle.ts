/** The second half of bringing a conversation into step: its deletes. @module */

import type { ConversationMetadata } from "../domain/conversation.ts";
import { reason } from "../domain/errors.ts";
import type { Issue } from "../domain/issue.ts";
import type { Head, HeadState, RowSummary, Store } from "../store/store.ts";
import { type Fate, notStored, type Outcome } from "./outcome.ts";

/** A conversation whose puts are done and whose deletes wait for leave. Holds no content. */
export interface Pending {
  readonly conversationId: string;
  readonly deletes: readonly string[];
  /** What is stored of them, for their pieces. */
  readonly stored: ReadonlyMap<string, RowSummary>;
  readonly edited: ReadonlySet<string>;
  readonly storedRows: number;
  readonly metadata: ConversationMetadata;
  /** What the head will say when they are done. */
  readonly state: HeadState;
  /** The head as it is now, and whether it has been told already that its rows are moving. */
  readonly head: Head | undefined;
  readonly begun: boolean;
  /** The outcome but for the deletes. */
  readonly outcome: Outcome;
}

/**
 * The second half: deletes and puts the head, or does without.
 *
 * @param leave `delete`, or why not: the `limit` of the run, its `end` before all was read, or a `later` copy of the
 *     conversation that follows and looks at the same rows again.
 */
export async function settle(
  pending: Pending,
  store: Store,
  leave: "delete" | "limit" | "end" | "later",
): Promise<Outcome> {
  const { conversationId, deletes, edited, metadata, outcome } = pending;
  const { state } = pending;
  const fate = (fate: Fate["fate"]) => (messageId: string): Fate => ({
    conversationId,
    messageId,
    fate,
  });
  if (leave === "later") return outcome;
  if (leave === "delete") {
    const { deleted, error } = await deleteRows(pending, store);
    const fates = error === undefined
      ? deletes.map((id) => fate(edited.has(id) ? "edited" : "gone")(id))
      : [];
    const done = {
      ...outcome,
      rows: {
        ...outcome.rows,
        deleted,
        edited: fates.filter(({ fate }) => fate === "edited").length,
      },
      fates: [...outcome.fates, ...fates],
    };
    if (error === undefined) return done;
    const issues = [
      ...outcome.issues,
      notStored(conversationId, error.message),
    ];
    return { ...done, result: "failed", issues, error };
  }
  const issues = leave === "limit"
    ? [...outcome.issues, overLimit(conversationId, deletes.length)]
    : outcome.issues;
  const kept = {
    ...outcome,
    rows: {
      ...outcome.rows,
      withheld: outcome.rows.withheld + deletes.length,
    },
    fates: [...outcome.fates, ...deletes.map(fate("withheld"))],
    issues,
  };
  // Where the run ends early, the head stays without a digest: the next run goes on from there.
  if (leave === "end") return kept;
  if (!pending.begun) {
    return pending.head === undefined ? kept : { ...kept, result: "unchanged" };
  }
  try {
    const { source: _, ...rest } = state;
    const messageCount = state.messageCount + deletes.length;
    const left = { ...rest, digest: undefined, messageCount };
    await store.finish(metadata, left, pending.head);
    return kept;
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(reason(thrown));
    return { ...kept, result: "failed", error };
  }
}

/** Deletes the rows and puts the head, at once where the store can; does not throw. */
async function deleteRows(
  { conversationId, deletes, stored, metadata, state, ...pending }: Pending,
  store: Store,
): Promise<{ deleted: number; error?: Error }> {
  const changes = { puts: [], deletes, stored };
  let deleted = 0;
  try {
    const done = await store.commit(metadata, state, changes, pending.head);
    if (done !== undefined) return { deleted: done.deleted };
    const begun = pending.begun
      ? pending.head
      : await store.begin(conversationId, pending.head);
    const written = await store.write(conversationId, changes);
    deleted = written.deleted;
    if (written.error !== undefined) throw written.error;
    await store.finish(metadata, state, begun);
    return { deleted };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(reason(thrown));
    return { deleted, error };
  }
}

function overLimit(conversationId: string, rows: number): Issue {
  return {
    code: "delete-limit",
    where: "table",
    message:
      `${rows} messages left the thread; they are not deleted, as that would go past the limit of this run`,
    conversationId,
  };
}
