/** A store in memory, held to the same contract as DynamoDB. @module */

import type { Conversation } from "../../src/domain/conversation.ts";
import {
  ConflictError,
  type Head,
  type MessageRow,
  type RowChanges,
  type Store,
  type StoredConversation,
  type WriteResult,
} from "../../src/store/store.ts";

interface Partition {
  head:
    | (Head & { readonly metadata: Omit<Conversation, "messages"> })
    | undefined;
  readonly rows: Map<string, MessageRow>;
}

/** Keeps conversations as long as it lives. */
export class MemoryStore implements Store {
  readonly #partitions = new Map<string, Partition>();

  heads(conversationIds: readonly string[]): Promise<Map<string, Head>> {
    const found = new Map<string, Head>();
    for (const id of conversationIds) {
      const head = this.#partitions.get(id)?.head;
      if (head !== undefined) found.set(id, bare(head));
    }
    return Promise.resolve(found);
  }

  rows(conversationId: string): Promise<Map<string, string | undefined>> {
    const rows = this.#partitions.get(conversationId)?.rows.values() ?? [];
    return Promise.resolve(
      new Map([...rows].map(({ message, digest }) => [message.id, digest])),
    );
  }

  begin(
    conversationId: string,
    head: Head | undefined,
  ): Promise<Head | undefined> {
    if (head === undefined) return Promise.resolve(undefined);
    const partition = this.#partition(conversationId);
    const now = partition.head;
    if (now === undefined || now.revision !== head.revision) {
      return Promise.reject(new ConflictError("changed"));
    }
    partition.head = { metadata: now.metadata, revision: now.revision + 1 };
    return Promise.resolve({ revision: now.revision + 1 });
  }

  write(
    conversationId: string,
    { puts, deletes }: RowChanges,
  ): Promise<WriteResult> {
    const { rows } = this.#partition(conversationId);
    for (const row of puts) rows.set(row.message.id, structuredClone(row));
    for (const id of deletes) rows.delete(id);
    return Promise.resolve({
      put: puts.length,
      deleted: deletes.length,
      rejected: [],
    });
  }

  finish(
    conversation: Conversation,
    digest: string | undefined,
    head: Head | undefined,
  ): Promise<void> {
    const partition = this.#partition(conversation.id);
    if (partition.head?.revision !== head?.revision) {
      return Promise.reject(new ConflictError("changed"));
    }
    const { messages: _, ...metadata } = conversation;
    partition.head = {
      metadata: structuredClone(metadata),
      revision: (head?.revision ?? 0) + 1,
      ...(digest !== undefined && { digest }),
    };
    return Promise.resolve();
  }

  read(conversationId: string): Promise<StoredConversation | undefined> {
    const partition = this.#partitions.get(conversationId);
    if (partition === undefined) return Promise.resolve(undefined);
    const rows = [...partition.rows.values()].sort((a, b) =>
      a.message.position - b.message.position
    );
    return Promise.resolve({
      head: partition.head && bare(partition.head),
      metadata: partition.head?.metadata,
      rows: rows.map(({ message: { id, ...message }, digest }) => ({
        messageId: id,
        digest,
        message,
      })),
    });
  }

  #partition(conversationId: string): Partition {
    const partition = this.#partitions.get(conversationId) ??
      { head: undefined, rows: new Map() };
    this.#partitions.set(conversationId, partition);
    return partition;
  }
}

function bare({ revision, digest }: Head): Head {
  return { revision, ...(digest !== undefined && { digest }) };
}
