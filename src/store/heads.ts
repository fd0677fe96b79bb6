/** The heads of conversations: each write of one holds only if nobody changed it since it was read. @module */

import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { ConversationMetadata } from "../domain/conversation.ts";
import { writeUnits } from "./capacity.ts";
import { errorName } from "./failures.ts";
import {
  decodeHead,
  encodeHead,
  headKey,
  type Item,
  KEYS,
  partitionValue,
} from "./items.ts";
import type { Writer } from "./note.ts";
import type { Requests } from "./requests.ts";
import { ConflictError, type Head, type HeadState } from "./store.ts";

/** The heads of a table, for one run. */
export class Heads {
  readonly #writer: Writer;
  /** Heads as they were read, for the journal and for what writing them costs. */
  readonly #items = new WeakMap<Head, Item>();
  /** Conversations whose heads are in the journal. */
  readonly #noted = new Set<string>();

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Those of the conversations that have one. */
  async read(conversationIds: readonly string[]): Promise<Map<string, Head>> {
    const ids = new Map(
      conversationIds.map((id) => [partitionValue(id).S, id]),
    );
    const found = new Map<string, Head>();
    for await (
      const item of this.#writer.requests.items([...ids.values()].map(headKey))
    ) {
      const id = ids.get(item[KEYS.partition]?.S);
      if (id === undefined) continue;
      const head = decodeHead(id, item);
      this.#items.set(head, item);
      found.set(id, head);
    }
    return found;
  }

  /** As {@linkcode Store.begin}. */
  async begin(
    conversationId: string,
    head: Head | undefined,
  ): Promise<Head | undefined> {
    const old = await this.note(conversationId, head);
    if (head === undefined) return undefined;
    const next = head.revision + 1;
    await this.#sendConditional(
      new UpdateItemCommand({
        TableName: this.#writer.requests.table,
        ReturnConsumedCapacity: "TOTAL",
        Key: headKey(conversationId),
        UpdateExpression: "SET Revision = :next, Run = :run REMOVE Digest",
        ConditionExpression: sameRevision(head),
        ExpressionAttributeNames: { "#sort": KEYS.sort },
        ExpressionAttributeValues: {
          ":next": { N: String(next) },
          ":run": { S: this.#writer.run },
          ...revisionValue(head),
        },
      }),
      { conversationId, revision: next, units: writeUnits(old) },
    );
    const begun = { revision: next };
    if (old !== undefined) this.#items.set(begun, old);
    return begun;
  }

  /** As {@linkcode Store.finish}. */
  async finish(
    metadata: ConversationMetadata,
    state: HeadState,
    head: Head | undefined,
  ): Promise<void> {
    const old = await this.note(metadata.id, head);
    const revision = (head?.revision ?? 0) + 1;
    const item = encodeHead(metadata, {
      ...state,
      revision,
      run: this.#writer.run,
    });
    await this.#sendConditional(
      new PutItemCommand({
        TableName: this.#writer.requests.table,
        ReturnConsumedCapacity: "TOTAL",
        Item: item,
        ...unchanged(head),
      }),
      {
        conversationId: metadata.id,
        revision,
        units: writeUnits(item, old),
      },
    );
  }

  /** As {@linkcode Store.remove}. */
  async remove(conversationId: string, head: Head): Promise<void> {
    const old = await this.note(conversationId, head);
    try {
      await this.#writer.requests.write(
        new DeleteItemCommand({
          TableName: this.#writer.requests.table,
          ReturnConsumedCapacity: "TOTAL",
          Key: headKey(conversationId),
          ...unchanged(head),
        }),
        writeUnits(old),
      );
    } catch (error) {
      if (errorName(error) !== "ConditionalCheckFailedException") throw error;
      // It may have been this very request, sent twice.
      const left = await getItem(
        this.#writer.requests,
        headKey(conversationId),
      );
      if (left !== undefined) throw conflict(error);
    }
  }

  /** Puts the head into the journal where it is not yet; returns it as it was read. */
  async note(
    conversationId: string,
    head: Head | undefined,
  ): Promise<Item | undefined> {
    const read = head && this.#items.get(head);
    if (this.#writer.journal === undefined || this.#noted.has(conversationId)) {
      return read;
    }
    const item = head === undefined
      ? undefined
      : read ?? await getItem(this.#writer.requests, headKey(conversationId));
    await this.#writer.journal.record(this.#writer.run, {
      partition: partitionValue(conversationId).S ?? "",
      head: item ?? null,
      items: [],
      added: [],
    });
    this.#noted.add(conversationId);
    return item;
  }

  /** @throws {ConflictError} When the head is not what this run wrote. */
  async requireMine(
    conversationId: string,
    revision: number,
    cause?: unknown,
  ): Promise<void> {
    const head = await getItem(this.#writer.requests, headKey(conversationId));
    const mine = head?.["Run"]?.S === this.#writer.run &&
      head["Revision"]?.N === String(revision);
    if (!mine) throw conflict(cause);
  }

  /** Sends a conditional write of a head; a condition that failed since this very write was applied counts as success. */
  async #sendConditional(
    command: PutItemCommand | UpdateItemCommand,
    { conversationId, revision, units }: {
      readonly conversationId: string;
      readonly revision: number;
      readonly units: number;
    },
  ): Promise<void> {
    try {
      await this.#writer.requests.write(command, units);
    } catch (error) {
      if (errorName(error) !== "ConditionalCheckFailedException") throw error;
      await this.requireMine(conversationId, revision, error);
    }
  }
}

/** The item of that key, if there is one. */
export async function getItem(
  requests: Requests,
  key: Item,
): Promise<Item | undefined> {
  const { Item } = await requests.read(
    new GetItemCommand({
      TableName: requests.table,
      ReturnConsumedCapacity: "TOTAL",
      Key: key,
      ConsistentRead: true,
    }),
  );
  return Item;
}

function sameRevision({ revision }: Head): string {
  return revision === 0
    ? "attribute_exists(#sort) AND attribute_not_exists(Revision)"
    : "Revision = :seen AND attribute_exists(#sort)";
}

function revisionValue({ revision }: Head): Item {
  return revision === 0 ? {} : { ":seen": { N: String(revision) } };
}

/** The condition that nobody changed a head since it was read. */
export function unchanged(head: Head | undefined): {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Item;
} {
  return {
    ConditionExpression: head === undefined
      ? "attribute_not_exists(#sort)"
      : sameRevision(head),
    ExpressionAttributeNames: { "#sort": KEYS.sort },
    ...(head !== undefined && head.revision > 0 &&
      { ExpressionAttributeValues: revisionValue(head) }),
  };
}

function conflict(cause: unknown): ConflictError {
  return new ConflictError("Another run changed the conversation meanwhile", {
    cause,
  });
}
