/** A store in memory, held to the same contract as DynamoDB. @module */

import type { ConversationMetadata } from "../../src/domain/conversation.ts";
import type { ExportShape } from "../../src/domain/drift.ts";
import type { Layout } from "../../src/domain/layout.ts";
import {
  ConflictError,
  type Head,
  type HeadState,
  type MessageRow,
  type RowChanges,
  type RowSummary,
  type Store,
  type StoredConversation,
  type WriteResult,
} from "../../src/store/store.ts";

interface Partition {
  head: Head | undefined;
  readonly rows: Map<string, MessageRow & { readonly layout: Layout }>;
}

/** Keeps conversations as long as it lives. */
export class MemoryStore implements Store {
  readonly #partitions = new Map<string, Partition>();
  readonly #exports = new Map<string, ExportShape | undefined>();

  heads(conversationIds: readonly string[]): Promise<Map<string, Head>> {
    const found = new Map<string, Head>();
    for (const id of conversationIds) {
      const head = this.#partitions.get(id)?.head;
      if (head !== undefined) found.set(id, head);
    }
    return Promise.resolve(found);
  }

  rows(conversationId: string): Promise<Map<string, RowSummary>> {
    const rows = this.#partitions.get(conversationId)?.rows.values() ?? [];
    const summary = (
      { message, digest, layout }: MessageRow & { layout: Layout },
    ): RowSummary => ({
      digest,
      layout,
      position: message.position,
      role: message.author.role,
      contentType: message.contentType,
      ...(message.branch !== undefined && { branch: true }),
    });
    return Promise.resolve(
      new Map([...rows].map((row) => [row.message.id, summary(row)])),
    );
  }

  strays(): Promise<string[]> {
    return Promise.resolve([]);
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
    partition.head = {
      ...(now.metadata && { metadata: now.metadata }),
      ...(now.messageCount !== undefined && { messageCount: now.messageCount }),
      revision: now.revision + 1,
    };
    return Promise.resolve({ revision: now.revision + 1 });
  }

  write(
    conversationId: string,
    { puts, deletes, layout = "full" }: RowChanges,
  ): Promise<WriteResult> {
    const { rows } = this.#partition(conversationId);
    for (const row of puts) {
      rows.set(row.message.id, { ...structuredClone(row), layout });
    }
    for (const id of deletes) rows.delete(id);
    return Promise.resolve({
      put: puts.length,
      deleted: deletes.length,
      rejected: [],
    });
  }

  finish(
    metadata: ConversationMetadata,
    { digest, messageCount, layout, kept, source }: HeadState,
    head: Head | undefined,
  ): Promise<void> {
    const partition = this.#partition(metadata.id);
    if (partition.head?.revision !== head?.revision) {
      return Promise.reject(new ConflictError("changed"));
    }
    partition.head = {
      metadata: structuredClone(metadata),
      messageCount,
      revision: (head?.revision ?? 0) + 1,
      ...(layout !== undefined && layout !== "full" && { layout }),
      ...(kept !== undefined && kept > 0 && { kept }),
      ...(source && { source }),
      ...(digest !== undefined && { digest }),
    };
    return Promise.resolve();
  }

  commit(): Promise<WriteResult | undefined> {
    return Promise.resolve(undefined);
  }

  remove(conversationId: string, head: Head): Promise<void> {
    const partition = this.#partition(conversationId);
    if (partition.head?.revision !== head.revision) {
      return Promise.reject(new ConflictError("changed"));
    }
    partition.head = undefined;
    return Promise.resolve();
  }

  read(conversationId: string): Promise<StoredConversation | undefined> {
    const partition = this.#partitions.get(conversationId);
    if (partition === undefined || (!partition.head && !partition.rows.size)) {
      return Promise.resolve(undefined);
    }
    const rows = [...partition.rows.values()].sort((a, b) =>
      a.message.position - b.message.position
    );
    return Promise.resolve({
      head: partition.head,
      rows: rows.map(({ message: { id, ...message }, digest, layout }) => ({
        messageId: id,
        digest,
        layout,
        message,
      })),
    });
  }

  async *conversationIds(): AsyncGenerator<string> {
    for (const [id, { head, rows }] of this.#partitions) {
      if (head !== undefined || rows.size > 0) yield await Promise.resolve(id);
    }
  }

  lastExport(ownerId: string): Promise<ExportShape | undefined> {
    return Promise.resolve(this.#exports.get(ownerId));
  }

  accounts(): Promise<string[]> {
    return Promise.resolve([...this.#exports.keys()].sort());
  }

  saveExport(ownerId: string, shape?: ExportShape): Promise<void> {
    this.#exports.set(ownerId, structuredClone(shape));
    return Promise.resolve();
  }

  #partition(conversationId: string): Partition {
    const partition = this.#partitions.get(conversationId) ??
      { head: undefined, rows: new Map() };
    this.#partitions.set(conversationId, partition);
    return partition;
  }
}
