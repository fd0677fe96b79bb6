/** Makes the table agree with one conversation. @module */

import type { Conversation } from "../domain/conversation.ts";
import { conversationDigest, messageDigest } from "../domain/digest.ts";
import { reason } from "../domain/errors.ts";
import { fillMetadata, type Layout } from "../domain/layout.ts";
import type { Issue } from "../domain/issue.ts";
import type { Message } from "../domain/message.ts";
import {
  ConflictError,
  type Head,
  type MessageRow,
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
  /** `older`: skipped, since what is stored is newer. */
  readonly result: "new" | "changed" | "unchanged" | "older" | "failed";
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
    readonly withheld: number;
    readonly kept: number;
  };
  readonly issues: readonly Issue[];
  /** The failure of the store that ended it, if one did. */
  readonly error?: Error;
}

/** A candidate with what it is compared by, and the rows acknowledged so far. */
interface Work extends Candidate {
  readonly thread: readonly MessageRow[];
  readonly branches: readonly MessageRow[] | undefined;
  /** How many messages both have. */
  readonly size: number;
  readonly digest: string;
  readonly layout: Layout;
  readonly acknowledged: { put: number; deleted: number };
  /** What {@linkcode ApplyRules.mayDelete} said, once it was asked. */
  mayDelete: boolean | undefined;
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
  const work = prepare(candidate);
  if (candidate.complete && head?.digest === work.digest) {
    return outcome(work, "unchanged", { unchanged: work.size });
  }
  const { id, updateTime } = candidate.conversation;
  if (!rules.allowOlder && isOlder(updateTime, head?.metadata?.updateTime)) {
    return outcome(work, "older", { skipped: work.size });
  }
  for (let conflicts = 0;; conflicts++) {
    try {
      return await bringIntoStep(work, head, store, rules);
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

/** The outcome of a conversation that could not even be tried. */
export function untried(candidate: Candidate, error: Error): Outcome {
  return failure(prepare(candidate), error);
}

function prepare(candidate: Candidate): Work {
  const { conversation } = candidate;
  const thread = conversation.messages.map(toRow);
  const branches = conversation.branches?.map(toRow);
  const rows = [...thread, ...branches ?? []];
  const digest = conversationDigest(
    conversation,
    rows.map((row) => row.digest),
  );
  return {
    ...candidate,
    layout: candidate.layout ?? "full",
    thread,
    branches,
    size: rows.length,
    digest,
    acknowledged: { put: 0, deleted: 0 },
    mayDelete: undefined,
  };
}

function toRow(message: Message): MessageRow {
  return { message, digest: messageDigest(message) };
}

async function bringIntoStep(
  work: Work,
  head: Head | undefined,
  store: Store,
  rules: ApplyRules,
): Promise<Outcome> {
  const { conversation, complete, layout, thread, branches, digest } = work;
  const { acknowledged } = work;
  const { messages: _, branches: __, ...metadata } = conversation;
  const stored = await store.rows(conversation.id);
  const plan = planConversation(thread, stored, {
    layout,
    withholdDeletes: !complete,
    branches,
  });
  const { counts } = plan;
  work.mayDelete ??= plan.deletes.length === 0 ||
    (rules.mayDelete?.(plan.deletes.length) ?? true);
  const deletes = work.mayDelete ? plan.deletes : [];
  const withheld = plan.withheld.length + plan.deletes.length - deletes.length;
  const kept = plan.kept.length;
  const limited = deletes.length < plan.deletes.length
    ? [overLimit(conversation.id, plan.deletes.length)]
    : [];
  const moves = plan.puts.length + deletes.length > 0;
  const sound = complete && limited.length === 0;
  // What is stored of it stays as it was: nothing that may be written differs, and the rest is not known.
  if (!moves && !sound && head !== undefined) {
    return outcome(work, "unchanged", counts, {
      withheld,
      kept,
      issues: limited,
    });
  }
  const begun = moves ? await store.begin(conversation.id, head) : head;
  const written = await store.write(conversation.id, {
    puts: plan.puts,
    deletes,
    layout,
    stored,
  });
  acknowledged.put += written.put;
  acknowledged.deleted += written.deleted;
  if (written.error !== undefined) {
    return failure(work, written.error, {
      unchanged: counts.unchanged,
      failed: plan.puts.length,
    });
  }
  const { rejected } = written;
  const whole = sound && rejected.length === 0;
  const lost = thread.filter(({ message }) =>
    rejected.some(({ messageId }) => messageId === message.id)
  );
  await store.finish(
    fillMetadata(metadata, layout, head?.metadata),
    {
      digest: whole ? digest : undefined,
      messageCount: thread.length - lost.length + plan.keptOnThread,
    },
    begun,
  );
  const rejectedNew =
    rejected.filter((row) => !stored.has(row.messageId)).length;
  const known = head !== undefined || stored.size > 0;
  return outcome(
    work,
    rejected.length > 0 ? "failed" : known ? "changed" : "new",
    {
      new: counts.new - rejectedNew,
      changed: counts.changed - (rejected.length - rejectedNew),
      unchanged: counts.unchanged,
      failed: rejected.length,
    },
    {
      withheld: withheld + deletes.length - written.deleted,
      kept,
      issues: [
        ...limited,
        ...rejected.map((row) =>
          notStored(conversation.id, row.reason, row.messageId)
        ),
      ],
    },
  );
}

function outcome(
  { conversation, acknowledged }: Work,
  result: Outcome["result"],
  messages: Partial<Outcome["messages"]>,
  rest: {
    withheld?: number;
    kept?: number;
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
      withheld: rest.withheld ?? 0,
      kept: rest.kept ?? 0,
    },
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
      `deleting ${rows} messages that left the thread would go past the limit of this run`,
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
