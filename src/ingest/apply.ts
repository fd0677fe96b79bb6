/** Makes the table agree with one conversation. @module */

import type {
  Conversation,
  ConversationMetadata,
  ConversationSource,
} from "../domain/conversation.ts";
import { conversationDigest, messageDigest } from "../domain/digest.ts";
import { reason } from "../domain/errors.ts";
import { fillMetadata, type Layout } from "../domain/layout.ts";
import type { Issue } from "../domain/issue.ts";
import type { Message } from "../domain/message.ts";
import {
  ConflictError,
  type Head,
  type HeadState,
  type MessageRow,
  type RowSummary,
  type Store,
} from "../store/store.ts";
import { planConversation } from "./plan.ts";

/** How often a conversation is planned anew after another run changed it in between. */
const MOST_CONFLICTS = 5;

/** A conversation to ingest. */
export interface Candidate {
  readonly conversation: Conversation;
  /** Whether all of it could be read. If not, nothing of it is deleted and it does not count as complete. */
  readonly complete: boolean;
  /** What the export ships of a conversation at all; `full` unless given. */
  readonly layout?: Layout;
  /** Ids of messages that the export has off the thread. */
  readonly offThreadIds?: ReadonlySet<string>;
  /** The bytes that it was read from, where they tell all of it. */
  readonly source?: ConversationSource;
}

/** The rules of a run for its conversations. */
export interface ApplyRules {
  /** Whether a conversation older than what is stored replaces it; otherwise it is skipped. */
  readonly allowOlder?: boolean;
  /** Asked before the rows of a conversation are deleted, with their number; all are allowed unless given. */
  readonly mayDelete?: (rows: number) => boolean;
}

/** What became of one conversation; every message of its thread is in one of the counts. */
export interface Outcome {
  readonly conversationId: string;
  /** `older`: skipped, since what is stored is newer; `absent`: it is in the table, but not in the export; `pruned`: deleted
   * for that. */
  readonly result:
    | "new"
    | "changed"
    | "unchanged"
    | "older"
    | "failed"
    | "absent"
    | "pruned";
  readonly messages: {
    readonly new: number;
    readonly changed: number;
    readonly unchanged: number;
    readonly skipped: number;
    readonly failed: number;
  };
  /** Rows that the store acknowledged, and stored messages kept although they are not on the thread. */
  readonly rows: {
    readonly put: number;
    readonly deleted: number;
    readonly edited: number;
    readonly absent: number;
    readonly withheld: number;
    readonly kept: number;
  };
  /** How many rows the conversation had before. */
  readonly storedRows: number;
  /** What became of stored messages that are not on the thread. */
  readonly fates: readonly Fate[];
  readonly issues: readonly Issue[];
  /** The failure of the store that ended it, if one did. */
  readonly error?: Error;
}

/** What became of a stored message that is not on the thread. */
export interface Fate {
  readonly conversationId: string;
  readonly messageId: string;
  /**
   * `edited`: deleted, as the export shows something else in its place; `gone`: deleted, as it is nowhere in the
   * export; `absent`: deleted, as its conversation is not in the export; `withheld`: one of these, but not deleted; `kept`: of a kind that the export does not ship.
   */
  readonly fate: "edited" | "gone" | "absent" | "withheld" | "kept";
}

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

/** A candidate with what it is compared by, and the rows acknowledged so far. */
interface Work extends Candidate {
  readonly thread: readonly MessageRow[];
  readonly branches: readonly MessageRow[] | undefined;
  /** How many messages both have. */
  readonly size: number;
  readonly digest: string;
  readonly layout: Layout;
  readonly acknowledged: { put: number };
  storedRows: number;
}

/**
 * Puts what is new or changed, then deletes what left the thread, then puts the head: at no instant does
 * the head claim rows that are not there. Does not throw: a failing store ends in the outcome.
 *
 * @param head The conversation's head as just read.
 */
export async function applyConversation(
  candidate: Candidate,
  head: Head | undefined,
  store: Store,
  rules: ApplyRules = {},
): Promise<Outcome> {
  const applied = await putConversation(candidate, head, store, rules);
  if (!("deletes" in applied)) return applied;
  const allowed = rules.mayDelete?.(applied.deletes.length) ?? true;
  return await settle(applied, store, allowed ? "delete" : "limit");
}

/** The first half of {@linkcode applyConversation}: all of it where nothing is to be deleted. */
export async function putConversation(
  candidate: Candidate,
  head: Head | undefined,
  store: Store,
  rules: ApplyRules = {},
): Promise<Outcome | Pending> {
  const work = prepare(candidate);
  if (candidate.complete && head?.digest === work.digest) {
    work.storedRows = work.size;
    return outcome(work, "unchanged", { unchanged: work.size });
  }
  const { id, updateTime } = candidate.conversation;
  if (!rules.allowOlder && isOlder(updateTime, head?.metadata?.updateTime)) {
    return outcome(work, "older", { skipped: work.size });
  }
  for (let conflicts = 0;; conflicts++) {
    try {
      return await bringIntoStep(work, head, store);
    } catch (error) {
      if (!(error instanceof ConflictError) || conflicts === MOST_CONFLICTS) {
        return failure(work, error);
      }
    }
    try {
      head = (await store.heads([id])).get(id);
    } catch (error) {
      return failure(work, error);
    }
  }
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

/** The outcome of a conversation that could not even be tried. */
export function untried(candidate: Candidate, error: Error): Outcome {
  return failure(prepare(candidate), error);
}

function prepare(candidate: Candidate): Work {
  const { conversation } = candidate;
  const thread = conversation.messages.map(toRow);
  const branches = conversation.branches?.map(toRow);
  const rows = [...thread, ...branches ?? []];
  const { layout = "full" } = candidate;
  const digests = rows.map((row) => row.digest);
  const digest = conversationDigest(conversation, digests, layout);
  return {
    ...candidate,
    layout,
    thread,
    branches,
    size: rows.length,
    digest,
    acknowledged: { put: 0 },
    storedRows: 0,
  };
}

function toRow(message: Message): MessageRow {
  return { message, digest: messageDigest(message) };
}

async function bringIntoStep(
  work: Work,
  head: Head | undefined,
  store: Store,
): Promise<Outcome | Pending> {
  const { conversation, complete, layout, thread, branches, digest } = work;
  const { acknowledged, offThreadIds, source } = work;
  const { messages: _, branches: __, ...metadata } = conversation;
  const stored = await store.rows(conversation.id);
  work.storedRows = stored.size;
  const plan = planConversation(thread, stored, {
    layout,
    withholdDeletes: !complete,
    branches,
    offThreadIds,
  });
  const { counts, puts, deletes } = plan;
  const fates = [
    ...plan.kept.map((messageId) => ({ messageId, fate: "kept" as const })),
    ...plan.withheld.map((messageId) => ({
      messageId,
      fate: "withheld" as const,
    })),
  ].map((one) => ({ conversationId: conversation.id, ...one }));
  const rest = {
    withheld: plan.withheld.length,
    kept: plan.kept.length,
    fates,
  };
  // What is stored of it stays as it was: nothing that may be written differs, and the rest is not known.
  const still = puts.length === 0 && deletes.length === 0;
  if (still && !complete && head !== undefined) {
    return outcome(work, "unchanged", counts, rest);
  }
  const filled = fillMetadata(metadata, layout, head?.metadata);
  const state = (lost: number): HeadState => ({
    digest: complete && lost === 0 ? digest : undefined,
    messageCount: thread.length - lost + plan.keptOnThread,
    layout,
    kept: plan.kept.length,
    ...(source && { source }),
  });
  const known = head !== undefined || stored.size > 0;
  const changes = { puts, deletes: [], layout, stored };
  if (puts.length > 0 && deletes.length === 0) {
    const done = await store.commit(filled, state(0), changes, head);
    if (done !== undefined) {
      acknowledged.put += done.put;
      return outcome(work, known ? "changed" : "new", counts, rest);
    }
  }
  const begun = puts.length > 0
    ? await store.begin(conversation.id, head)
    : head;
  const written = await store.write(conversation.id, changes);
  acknowledged.put += written.put;
  if (written.error !== undefined) {
    return failure(work, written.error, {
      unchanged: counts.unchanged,
      failed: puts.length,
    });
  }
  const { rejected } = written;
  const lost = thread.filter(({ message }) =>
    rejected.some(({ messageId }) => messageId === message.id)
  );
  const rejectedNew =
    rejected.filter((row) => !stored.has(row.messageId)).length;
  // Of a conversation that is not all there, nothing is deleted.
  const waits = rejected.length === 0 ? deletes : [];
  const done = outcome(
    work,
    rejected.length > 0 ? "failed" : known ? "changed" : "new",
    {
      new: counts.new - rejectedNew,
      changed: counts.changed - (rejected.length - rejectedNew),
      unchanged: counts.unchanged,
      failed: rejected.length,
    },
    {
      ...rest,
      withheld: rest.withheld + deletes.length - waits.length,
      issues: rejected.map((row) =>
        notStored(conversation.id, row.reason, row.messageId)
      ),
    },
  );
  if (waits.length === 0) {
    await store.finish(filled, state(lost.length), begun);
    return done;
  }
  return {
    conversationId: conversation.id,
    deletes: waits,
    stored: new Map(waits.map((id) => [id, stored.get(id)!])),
    edited: plan.edited,
    storedRows: stored.size,
    metadata: filled,
    state: state(0),
    head: begun,
    begun: puts.length > 0,
    outcome: done,
  };
}

function outcome(
  { conversation, acknowledged, storedRows }: Work,
  result: Exclude<Outcome["result"], "absent" | "pruned">,
  messages: Partial<Outcome["messages"]>,
  rest: {
    withheld?: number;
    kept?: number;
    fates?: readonly Fate[];
    issues?: readonly Issue[];
    error?: Error;
  } = {},
): Outcome {
  return {
    conversationId: conversation.id,
    result,
    messages: {
      new: 0,
      changed: 0,
      unchanged: 0,
      skipped: 0,
      failed: 0,
      ...messages,
    },
    rows: {
      ...acknowledged,
      deleted: 0,
      edited: 0,
      absent: 0,
      withheld: rest.withheld ?? 0,
      kept: rest.kept ?? 0,
    },
    storedRows,
    fates: rest.fates ?? [],
    issues: rest.issues ?? [],
    ...(rest.error && { error: rest.error }),
  };
}

function failure(
  work: Work,
  thrown: unknown,
  messages?: Partial<Outcome["messages"]>,
): Outcome {
  const error = thrown instanceof Error ? thrown : new Error(reason(thrown));
  const issues = [notStored(work.conversation.id, error.message)];
  return outcome(work, "failed", messages ?? { failed: work.size }, {
    issues,
    error,
  });
}

function notStored(
  conversationId: string,
  message: string,
  messageId?: string,
): Issue {
  const where = messageId === undefined ? "table" : "table row";
  return {
    code: "not-stored",
    where,
    message,
    conversationId,
    ...(messageId !== undefined && { messageId }),
  };
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

function isOlder(
  time: number | null,
  stored: number | null | undefined,
): boolean {
  return time !== null && stored !== null && stored !== undefined &&
    time < stored;
}
