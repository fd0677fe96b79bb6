/** Whether the table has what an export has, and whether what it has is sound. @module */

import { messageDigest } from "../domain/digest.ts";
import type { Message } from "../domain/message.ts";
import type {
  RowSummary,
  Store,
  StoredConversation,
  StoredRow,
} from "../store/store.ts";
import { fillRows } from "./fill.ts";
import { planConversation } from "./plan.ts";
import {
  type Candidate,
  digestOf,
  isOlder,
  metadataOf,
  toRow,
} from "./work.ts";

/** Something that is not as it ought to be. */
export interface Difference {
  readonly conversationId: string;
  readonly messageId?: string;
  readonly kind: DifferenceKind;
}

/** What can be wrong. */
export type DifferenceKind =
  /** The export has it, the table has not. */
  | "missing"
  /** The table has it otherwise than the export. */
  | "changed"
  /** The table has it although it left the thread. */
  | "extra"
  /** What is stored is not what was once written: its digest is not that of its content. */
  | "damaged"
  /** A conversation whose rows were not all written, or not counted as complete. */
  | "incomplete"
  /** The table has a later state of the conversation than the export. */
  | "older"
  /** The conversation's title, times and so on differ. */
  | "metadata";

/** Compares a conversation of an export with what is stored of it, message by message. */
export function compareConversation(
  candidate: Candidate,
  stored: StoredConversation | undefined,
): Difference[] {
  const { conversation, layout = "full", offThreadIds, complete } = candidate;
  const { id: conversationId, messages, branches } = conversation;
  if (stored === undefined) return [{ conversationId, kind: "missing" }];
  const sound = checkStored(conversationId, stored);
  if (isOlder(conversation.updateTime, stored.head?.metadata?.updateTime)) {
    return [...sound, { conversationId, kind: "older" }];
  }
  const damaged = new Set(
    sound.filter(({ kind }) => kind === "damaged").map((one) => one.messageId),
  );
  const rows = new Map(stored.rows.map((row) => [row.messageId, summary(row)]));
  const whole = new Map(
    stored.rows.filter(({ messageId }) => !damaged.has(messageId))
      .map((row) => [row.messageId, row]),
  );
  const read = (some: readonly Message[]) =>
    fillRows(some.map(toRow), { summaries: rows, stored: whole, layout });
  const thread = read(messages);
  const others = branches && read(branches);
  const plan = planConversation(thread, rows, {
    layout,
    branches: others,
    offThreadIds,
    withholdDeletes: !complete,
    gap: candidate.gap,
  });
  const differences: Difference[] = [
    ...sound,
    ...plan.puts.map(({ message: { id } }): Difference => ({
      conversationId,
      messageId: id,
      kind: rows.has(id) ? "changed" : "missing",
    })).filter(({ messageId }) => !damaged.has(messageId)),
    ...plan.deletes.map((messageId): Difference => ({
      conversationId,
      messageId,
      kind: "extra",
    })),
  ];
  const guessed = plan.withheld.length > 0;
  if (differences.length > 0 || !complete || guessed) return differences;
  const metadata = metadataOf(candidate, stored.head);
  const digest = digestOf(metadata, { thread, branches: others }, layout);
  return stored.head?.digest === digest
    ? []
    : [{ conversationId, kind: "metadata" }];
}

/** Whether what is stored of a conversation agrees with itself; needs no export. */
export function checkStored(
  conversationId: string,
  { head, rows }: StoredConversation,
): Difference[] {
  const differences: Difference[] = [];
  const onThread = rows.filter(({ message }) => message.branch === undefined);
  const counted = head?.messageCount ?? onThread.length;
  if (head?.digest === undefined || counted !== onThread.length) {
    differences.push({ conversationId, kind: "incomplete" });
  }
  for (const { messageId, digest, message } of rows) {
    // Rows of the earlier Python tool have no digest that could be compared.
    if (digest === undefined) continue;
    const whole = { id: messageId, ...message } as Message;
    if (message.content === undefined || messageDigest(whole) !== digest) {
      differences.push({ conversationId, messageId, kind: "damaged" });
    }
  }
  return differences;
}

/** The store, but for digests that are not to be trusted: what they belong to will be written anew. */
export function distrusting(
  store: Store,
  differences: readonly Difference[],
): Store {
  const conversations = new Set(
    differences.map(({ conversationId }) => conversationId),
  );
  const damaged = new Set(
    differences.filter(({ kind }) => kind === "damaged")
      .map((one) => `${one.conversationId} ${one.messageId}`),
  );
  return {
    async heads(ids) {
      const heads = await store.heads(ids);
      for (const [id, { digest: _, ...head }] of heads) {
        if (conversations.has(id)) heads.set(id, head);
      }
      return heads;
    },
    async rows(id) {
      const rows = await store.rows(id);
      for (const [messageId, { digest: _, ...row }] of rows) {
        if (damaged.has(`${id} ${messageId}`)) rows.set(messageId, row);
      }
      return rows;
    },
    strays: (id, rows) => store.strays(id, rows),
    begin: (id, head) => store.begin(id, head),
    write: (id, changes) => store.write(id, changes),
    finish: (metadata, state, head) => store.finish(metadata, state, head),
    commit: (metadata, state, changes, head) =>
      store.commit(metadata, state, changes, head),
    remove: (id, head) => store.remove(id, head),
    read: (id) => store.read(id),
    conversationIds: () => store.conversationIds(),
    lastExport: (ownerId) => store.lastExport(ownerId),
    accounts: () => store.accounts(),
    saveExport: (ownerId, shape) => store.saveExport(ownerId, shape),
  };
}

function summary({ digest, layout, message }: StoredRow): RowSummary {
  const { position, branch, author, contentType } = message;
  return {
    ...(digest !== undefined && { digest }),
    ...(position !== undefined && { position }),
    ...(branch !== undefined && { branch: true }),
    role: author?.role ?? "",
    contentType: contentType ?? "text",
    layout,
  };
}
