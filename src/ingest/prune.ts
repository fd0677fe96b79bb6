/** Conversations that are stored but not in the export: deleted only where a person says so. @module */

import { reason } from "../domain/errors.ts";
import type { Issue } from "../domain/issue.ts";
import type { Head, RowSummary, Store } from "../store/store.ts";
import { type Fate, notStored, type Outcome } from "./outcome.ts";

/** Which conversations may go. */
export interface PruneRules {
  /** The ids of all conversations of the export. */
  readonly present: ReadonlySet<string>;
  /** The account that the export is of. */
  readonly ownerId: string;
  /** Whether no other account has conversations in the table, so that those without an owner are its own. */
  readonly alone: boolean;
}

/** A conversation that is not in the export. */
export interface Absent {
  readonly conversationId: string;
  readonly head: Head;
  /** Its rows, by message id. */
  readonly stored: ReadonlyMap<string, RowSummary>;
}

/** Heads that one request reads. */
const MOST_IN_WINDOW = 100;

/** Finds those that may go. Reads the whole table's keys. */
export async function* findAbsent(
  store: Store,
  { present, ownerId, alone }: PruneRules,
): AsyncGenerator<Absent> {
  let window: string[] = [];
  const look = async function* (): AsyncGenerator<Absent> {
    for (const [conversationId, head] of await store.heads(window)) {
      const owner = head.metadata?.ownerId;
      const own = owner === undefined ? alone : owner === ownerId;
      if (!own) continue;
      const stored = await store.rows(conversationId);
      yield { conversationId, head, stored };
    }
    window = [];
  };
  for await (const id of store.conversationIds()) {
    if (present.has(id)) continue;
    window.push(id);
    if (window.length === MOST_IN_WINDOW) yield* look();
  }
  yield* look();
}

/** Deletes its rows, then its head; or does not, and tells why. Does not throw. */
export async function prune(
  { conversationId, head, stored }: Absent,
  store: Store,
  leave: "delete" | "limit" | "end",
): Promise<Outcome> {
  const ids = [...stored.keys()];
  const all = (fate: Fate["fate"]): Fate[] =>
    ids.map((messageId) => ({ conversationId, messageId, fate }));
  if (leave !== "delete") {
    const issues: Issue[] = leave === "limit"
      ? [{
        code: "delete-limit",
        where: "table",
        message:
          `it is not in the export; its ${ids.length} messages are not deleted, as that would go past the limit of this run`,
        conversationId,
      }]
      : [];
    return outcome(conversationId, {
      rows: { withheld: ids.length },
      fates: all("withheld"),
      issues,
    });
  }
  let deleted = 0;
  try {
    const begun = await store.begin(conversationId, head);
    const changes = { puts: [], deletes: ids, stored };
    const written = await store.write(conversationId, changes);
    deleted = written.deleted;
    if (written.error !== undefined) throw written.error;
    await store.remove(conversationId, begun ?? head);
    return outcome(conversationId, {
      result: "pruned",
      rows: { deleted, absent: deleted },
      fates: all("absent"),
    });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(reason(thrown));
    const { message } = error;
    return outcome(conversationId, {
      rows: { deleted, absent: deleted },
      issues: [notStored(conversationId, message)],
      error,
    });
  }
}

function outcome(
  conversationId: string,
  { result = "absent", rows, fates = [], issues = [], error }: {
    readonly result?: "absent" | "pruned";
    readonly rows: Partial<Outcome["rows"]>;
    readonly fates?: readonly Fate[];
    readonly issues?: readonly Issue[];
    readonly error?: Error;
  },
): Outcome {
  const none = { new: 0, changed: 0, unchanged: 0, skipped: 0, failed: 0 };
  return {
    conversationId,
    result,
    messages: none,
    rows: {
      put: 0,
      deleted: 0,
      edited: 0,
      absent: 0,
      withheld: 0,
      kept: 0,
      ...rows,
    },
    storedRows: 0,
    fates,
    issues,
    ...(error && { error }),
  };
}
