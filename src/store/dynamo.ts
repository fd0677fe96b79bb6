/** Conversations in a DynamoDB table. @module */

import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandOutput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { ConversationMetadata } from "../domain/conversation.ts";
import type { ExportShape } from "../domain/drift.ts";
import { batches, sentSize, type Write } from "./batch.ts";
import { writeUnits } from "./capacity.ts";
import { errorName } from "./failures.ts";
import {
  conversationIdOf,
  decodeHead,
  decodeMessage,
  decodeShape,
  decodeSummary,
  encodeHead,
  encodeShape,
  exportKey,
  EXPORTS,
  headKey,
  type Item,
  KEYS,
  MESSAGE_PREFIX,
  METADATA,
  partitionValue,
} from "./items.ts";
import type { Journal } from "./journal.ts";
import { noteWrites, sortOf, type Writer } from "./note.ts";
import { PIECE_PREFIX } from "./oversize.ts";
import {
  type CountedWrite,
  MOST_IN_BATCH,
  MOST_IN_TRANSACTION,
  type RequestOptions,
  Requests,
  toTransaction,
} from "./requests.ts";
import {
  ConflictError,
  type Head,
  type HeadState,
  type RowChanges,
  type RowSummary,
  type Store,
  type StoredConversation,
  type WriteResult,
} from "./store.ts";
import { encodeDeletes, encodePuts, writeRows, type Written } from "./write.ts";

/** Options of a {@linkcode DynamoStore}. */
export interface DynamoOptions extends RequestOptions {
  /** The id of this run, different for every run. */
  readonly run?: string;
  /** Where to keep what is replaced and deleted; nowhere unless given. */
  readonly journal?: Journal | undefined;
  /**
   * Whether to write in transactions: `never`; `conversations` that fit one; `always`, also the rows of those
   * that do not. A transaction takes twice the units; it saves an engine on this machine waiting for its disk.
   */
  readonly transactions?: "never" | "conversations" | "always";
}

/** Bytes of JSON in one transaction, of which DynamoDB takes 4 MB of items. */
const MOST_TRANSACTION_BYTES = 3_500_000;

/** The store of a table whose keys are as `schema.ts` makes them. */
export class DynamoStore implements Store {
  readonly requests: Requests;
  readonly #writer: Writer;
  readonly #transactions: "never" | "conversations" | "always";
  /** Heads as they were read, for the journal and for what writing them costs. */
  readonly #read = new WeakMap<Head, Item>();
  /** Conversations whose heads are in the journal. */
  readonly #noted = new Set<string>();

  constructor(
    { run = crypto.randomUUID(), journal, transactions = "never", ...options }:
      DynamoOptions,
  ) {
    this.requests = new Requests(options);
    this.#writer = { requests: this.requests, run, journal };
    this.#transactions = transactions;
  }

  async heads(conversationIds: readonly string[]): Promise<Map<string, Head>> {
    const ids = new Map(
      conversationIds.map((id) => [partitionValue(id).S, id]),
    );
    const found = new Map<string, Head>();
    for await (
      const item of this.requests.items([...ids.values()].map(headKey))
    ) {
      const id = ids.get(item[KEYS.partition]?.S);
      if (id === undefined) continue;
      const head = decodeHead(id, item);
      this.#read.set(head, item);
      found.set(id, head);
    }
    return found;
  }

  async rows(conversationId: string): Promise<Map<string, RowSummary>> {
    const rows = new Map<string, RowSummary>();
    const query = this.#query({
      KeyConditionExpression:
        `${KEYS.partition} = :conversation AND begins_with(${KEYS.sort}, :prefix)`,
      ExpressionAttributeValues: {
        ":conversation": partitionValue(conversationId),
        ":prefix": { S: MESSAGE_PREFIX },
      },
      // Position is a word that expressions reserve.
      ProjectionExpression:
        `${KEYS.sort}, Digest, #position, Author, ContentType, Layout, Branch, Pieces`,
      ExpressionAttributeNames: { "#position": "Position" },
    });
    for await (const item of query) {
      rows.set(
        (item[KEYS.sort]?.S ?? "").slice(MESSAGE_PREFIX.length),
        decodeSummary(item),
      );
    }
    return rows;
  }

  async begin(
    conversationId: string,
    head: Head | undefined,
  ): Promise<Head | undefined> {
    const old = await this.#noteHead(conversationId, head);
    if (head === undefined) return undefined;
    const next = head.revision + 1;
    await this.#sendConditional(
      new UpdateItemCommand({
        TableName: this.requests.table,
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
    if (old !== undefined) this.#read.set(begun, old);
    return begun;
  }

  async write(
    conversationId: string,
    changes: RowChanges,
  ): Promise<WriteResult> {
    const written: Written = { put: 0, deleted: 0, rejected: [] };
    const most = this.#transactions === "always"
      ? MOST_IN_TRANSACTION
      : MOST_IN_BATCH;
    try {
      await writeRows(
        conversationId,
        changes,
        written,
        async (writes, reject, count) => {
          for (const batch of batches(writes, most)) {
            const counted = await this.#note(conversationId, batch);
            const atOnce = this.#transactions === "always";
            count(await this.requests.writeBatch(counted, reject, atOnce));
          }
        },
      );
      return written;
    } catch (error) {
      return { ...written, error: this.requests.explain(error) };
    }
  }

  async finish(
    metadata: ConversationMetadata,
    state: HeadState,
    head: Head | undefined,
  ): Promise<void> {
    const old = await this.#noteHead(metadata.id, head);
    const revision = (head?.revision ?? 0) + 1;
    const item = encodeHead(metadata, {
      ...state,
      revision,
      run: this.#writer.run,
    });
    await this.#sendConditional(
      new PutItemCommand({
        TableName: this.requests.table,
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

  async commit(
    metadata: ConversationMetadata,
    state: HeadState,
    changes: RowChanges,
    head: Head | undefined,
  ): Promise<WriteResult | undefined> {
    const many = changes.puts.length + changes.deletes.length;
    if (this.#transactions === "never" || many >= MOST_IN_TRANSACTION) {
      return undefined;
    }
    let rejected = 0;
    const puts = encodePuts(metadata.id, changes, () => rejected++);
    const deletes = encodeDeletes(metadata.id, changes);
    const writes = [
      ...puts.pieces,
      ...puts.puts,
      ...deletes.pieces,
      ...deletes.deletes,
    ];
    const bytes = writes.reduce((sum, write) => sum + sentSize(write), 0);
    if (
      rejected > 0 || writes.length >= MOST_IN_TRANSACTION ||
      bytes > MOST_TRANSACTION_BYTES
    ) return undefined;
    const old = await this.#noteHead(metadata.id, head);
    const counted = await this.#note(metadata.id, writes);
    const revision = (head?.revision ?? 0) + 1;
    const Item = encodeHead(metadata, {
      ...state,
      revision,
      run: this.#writer.run,
    });
    const units = counted.reduce(
      (sum, write) => sum + write.units,
      writeUnits(Item, old),
    );
    const reasons = await this.requests.transact(
      [...counted.map(toTransaction), {
        Put: { TableName: undefined, Item, ...unchanged(head) },
      }],
      units,
    );
    if (reasons?.at(-1) === "ConditionalCheckFailed") {
      await this.#requireMine(metadata.id, revision);
    } else if (reasons !== undefined) return undefined;
    return {
      put: changes.puts.length,
      deleted: changes.deletes.length,
      rejected: [],
    };
  }

  async remove(conversationId: string, head: Head): Promise<void> {
    const old = await this.#noteHead(conversationId, head);
    try {
      await this.requests.write(
        new DeleteItemCommand({
          TableName: this.requests.table,
          ReturnConsumedCapacity: "TOTAL",
          Key: headKey(conversationId),
          ...unchanged(head),
        }),
        writeUnits(old),
      );
    } catch (error) {
      if (errorName(error) !== "ConditionalCheckFailedException") throw error;
      // It may have been this very request, sent twice.
      const left = await this.#getItem(headKey(conversationId));
      if (left !== undefined) throw conflict(error);
    }
  }

  async read(conversationId: string): Promise<StoredConversation | undefined> {
    let head: Item | undefined;
    const items: Item[] = [];
    const pieces = new Map<string, Uint8Array>();
    const query = this.#query({
      KeyConditionExpression: `${KEYS.partition} = :conversation`,
      ExpressionAttributeValues: {
        ":conversation": partitionValue(conversationId),
      },
    });
    for await (const item of query) {
      const sort = item[KEYS.sort]?.S;
      if (sort === METADATA) head = item;
      else if (sort?.startsWith(MESSAGE_PREFIX)) items.push(item);
      else if (sort?.startsWith(PIECE_PREFIX) && item["Data"]?.B) {
        pieces.set(sort, item["Data"].B);
      }
    }
    const rows = items.map((item) => decodeMessage(item, pieces));
    if (head === undefined && rows.length === 0) return undefined;
    rows.sort((a, b) =>
      (a.message.position ?? -1) - (b.message.position ?? -1) ||
      (a.message.createTime ?? 0) - (b.message.createTime ?? 0)
    );
    return {
      head: head && decodeHead(conversationId, head),
      rows,
    };
  }

  async *conversationIds(): AsyncGenerator<string> {
    let from: Item | undefined;
    do {
      const page: ScanCommandOutput = await this.requests.read(
        new ScanCommand({
          TableName: this.requests.table,
          ReturnConsumedCapacity: "TOTAL",
          ConsistentRead: true,
          FilterExpression: "#sort = :head",
          ProjectionExpression: KEYS.partition,
          ExpressionAttributeNames: { "#sort": KEYS.sort },
          ExpressionAttributeValues: { ":head": { S: METADATA } },
          ...(from && { ExclusiveStartKey: from }),
        }),
      );
      for (const item of page.Items ?? []) {
        const id = conversationIdOf(item);
        if (id !== undefined) yield id;
      }
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }

  async lastExport(ownerId: string): Promise<ExportShape | undefined> {
    const item = await this.#getItem(exportKey(ownerId));
    return item && decodeShape(item);
  }

  async accounts(): Promise<string[]> {
    const ids: string[] = [];
    const query = this.#query({
      KeyConditionExpression: `${KEYS.partition} = :exports`,
      ExpressionAttributeValues: { ":exports": { S: EXPORTS } },
      ProjectionExpression: KEYS.sort,
    });
    for await (const item of query) ids.push(item[KEYS.sort]?.S ?? "");
    return ids;
  }

  async saveExport(ownerId: string, shape: ExportShape): Promise<void> {
    const item = encodeShape(ownerId, shape, this.#writer.run);
    const old = await this.#getItem(exportKey(ownerId));
    this.#writer.journal?.record(this.#writer.run, {
      partition: EXPORTS,
      items: old === undefined ? [] : [old],
      added: old === undefined ? [sortOf(item)] : [],
    });
    await this.requests.write(
      new PutItemCommand({
        TableName: this.requests.table,
        ReturnConsumedCapacity: "TOTAL",
        Item: item,
      }),
      writeUnits(item, old),
    );
  }

  #note(
    conversationId: string,
    writes: readonly Write[],
  ): Promise<CountedWrite[]> {
    const partition = partitionValue(conversationId).S ?? "";
    return noteWrites(partition, writes, this.#writer);
  }

  /** Puts the head into the journal where it is not yet; returns it as it was read. */
  async #noteHead(
    conversationId: string,
    head: Head | undefined,
  ): Promise<Item | undefined> {
    const read = head && this.#read.get(head);
    if (this.#writer.journal === undefined || this.#noted.has(conversationId)) {
      return read;
    }
    const item = head === undefined
      ? undefined
      : read ?? await this.#getItem(headKey(conversationId));
    this.#writer.journal.record(this.#writer.run, {
      partition: partitionValue(conversationId).S ?? "",
      head: item ?? null,
      items: [],
      added: [],
    });
    this.#noted.add(conversationId);
    return item;
  }

  async #getItem(key: Item): Promise<Item | undefined> {
    const { Item } = await this.requests.read(
      new GetItemCommand({
        TableName: this.requests.table,
        ReturnConsumedCapacity: "TOTAL",
        Key: key,
        ConsistentRead: true,
      }),
    );
    return Item;
  }

  async *#query(
    input: Omit<QueryCommandInput, "TableName">,
  ): AsyncGenerator<Item> {
    let start: Item | undefined;
    do {
      const answer = await this.requests.read(
        new QueryCommand({
          TableName: this.requests.table,
          ReturnConsumedCapacity: "TOTAL",
          ConsistentRead: true,
          ...input,
          ...(start !== undefined && { ExclusiveStartKey: start }),
        }),
      );
      yield* (answer.Items ?? []) as Item[];
      start = answer.LastEvaluatedKey as Item | undefined;
    } while (start !== undefined);
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
      await this.requests.write(command, units);
    } catch (error) {
      if (errorName(error) !== "ConditionalCheckFailedException") throw error;
      await this.#requireMine(conversationId, revision, error);
    }
  }

  /** @throws {ConflictError} When the head is not what this run wrote. */
  async #requireMine(
    conversationId: string,
    revision: number,
    cause?: unknown,
  ): Promise<void> {
    const head = await this.#getItem(headKey(conversationId));
    const mine = head?.["Run"]?.S === this.#writer.run &&
      head["Revision"]?.N === String(revision);
    if (!mine) throw conflict(cause);
  }
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
function unchanged(head: Head | undefined): {
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
