/** The rules by which records of an export enter a run: what is counted as read, which copy counts. @module */

import type { ConversationRecord } from "../domain/conversation.ts";
import { UserError } from "../domain/errors.ts";
import {
  emptyInventory,
  type Inventory,
  joinInventories,
} from "../domain/inventory.ts";
import type { Issue } from "../domain/issue.ts";
import { addCounts } from "../domain/ledger.ts";
import type { Candidate } from "../ingest/mod.ts";

/** The part of a ledger that reading fills. */
export interface ReadCounts {
  readonly conversations: { read: number; skipped: number; failed: number };
  readonly messages: {
    read: number;
    offThread: number;
    skipped: number;
    failed: number;
  };
  readonly unknownTypes: Record<string, number>;
}

/** A record that goes on to be stored or written. */
export type Admitted = Extract<ConversationRecord, { kind: "conversation" }>;

/**
 * Counts every record and passes on those to be stored.
 *
 * Of several copies of a conversation the newest by update time counts, then the one with more messages:
 * a later copy that is neither is skipped, one that is follows its elder and so replaces it.
 */
export class Intake {
  readonly issues: Issue[] = [];
  /** What was found in all exports that were read to their ends. */
  inventory: Inventory = emptyInventory();
  /** How many conversations were recognised, so that the inventory does not tell what is in them. */
  same = 0;
  /** Conversations that came again in a better copy, by id: how often, and how many messages the worse ones had. */
  readonly #best = new Map<
    string,
    { readonly updateTime: number; readonly messages: number }
  >();
  readonly #counts: ReadCounts;
  readonly #onReplace: (previousMessages: number) => void;

  /**
   * @param counts Where to count.
   * @param onReplace Called when an admitted copy replaces one admitted before, with the number of messages
   *     on the thread of the one replaced.
   */
  constructor(
    counts: ReadCounts,
    onReplace: (previousMessages: number) => void = () => {},
  ) {
    this.#counts = counts;
    this.#onReplace = onReplace;
  }

  /** The ids of all conversations that were read. */
  get ids(): ReadonlySet<string> {
    return new Set(this.#best.keys());
  }

  /**
   * Counts the records as they pass and yields those that go on.
   *
   * @param onSame Called with the number of messages of each conversation that is stored as it is.
   */
  async *admit(
    records: AsyncIterable<ConversationRecord>,
    onSame: (messages: number) => void = () => {},
  ): AsyncGenerator<Admitted> {
    const { conversations, messages, unknownTypes } = this.#counts;
    for await (const record of records) {
      if (record.kind === "inventory") {
        this.inventory = joinInventories(this.inventory, record.inventory);
        continue;
      }
      if (record.kind === "same") {
        conversations.read++;
        messages.read += record.messages + record.offThread;
        messages.offThread += record.offThread;
        this.same++;
        if (this.#isBest(record.id, record.updateTime, record.messages)) {
          onSame(record.messages);
        } else {
          conversations.skipped++;
          messages.skipped += record.messages;
        }
        continue;
      }
      if (record.kind !== "conversation") {
        this.issues.push(record.issue);
        if (record.kind === "failed") {
          conversations.read++;
          conversations.failed++;
        }
        continue;
      }
      const thread = record.conversation.messages.length +
        (record.conversation.branches?.length ?? 0);
      conversations.read++;
      messages.read += thread + record.offThread + record.issues.length;
      messages.offThread += record.offThread;
      messages.failed += record.issues.length;
      this.issues.push(...record.issues);
      addCounts(unknownTypes, record.unknownTypes);
      const { id, updateTime } = record.conversation;
      if (this.#isBest(id, updateTime, thread)) {
        yield record;
      } else {
        conversations.skipped++;
        messages.skipped += thread;
      }
    }
  }

  #isBest(id: string, updateTime: number | null, messages: number): boolean {
    const mine = { updateTime: updateTime ?? -Infinity, messages };
    const best = this.#best.get(id);
    if (best !== undefined) {
      const newer = mine.updateTime > best.updateTime ||
        (mine.updateTime === best.updateTime && mine.messages > best.messages);
      if (!newer) return false;
      this.#onReplace(best.messages);
    }
    this.#best.set(id, mine);
    return true;
  }
}

/** What is to be stored of a record. */
export function candidateOf(
  { conversation, layout, untold, gap, offThreadIds, issues, source }: Admitted,
): Candidate {
  return {
    conversation,
    layout,
    complete: issues.length === 0,
    ...(untold && { untold }),
    ...(gap && { gap }),
    ...(offThreadIds && { offThreadIds: new Set(offThreadIds) }),
    ...(source && { source }),
  };
}

/** The error of a run that read no conversation at all, with the first reason why. */
export function nothingRead([first]: readonly Issue[]): UserError {
  const why = first === undefined ? "" : `: ${first.where}: ${first.message}`;
  return new UserError(`No conversation could be read${why}`, {
    hint:
      "Check that this is the export that ChatGPT sent, and that its download was complete",
  });
}
