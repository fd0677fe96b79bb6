/** Conversations in a DynamoDB table. @module */

import {
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { ConversationMetadata } from "../domain/conversation.ts";
import type { ExportShape } from "../domain/drift.ts";
import { batches, sentSize, type Write } from "./batch.ts";
import { writeUnits } from "./capacity.ts";
import { getItem, Heads, unchanged } from "./heads.ts";
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
  type Item,
  KEYS,
  MESSAGE_PREFIX,
  METADATA,
  partitionValue,
} from "./items.ts";
import type { Journal } from "./journal.ts";
import { noteWrites, sortOf, type Writer } from "./note.ts";
import { PIECE_PREFIX, pieceKeys } from "./oversize.ts";
import {
  type CountedWrite,
  MOST_IN_BATCH,
  MOST_IN_TRANSACTION,
  type RequestOptions,
  Requests,
  toTransaction,
} from "./requests.ts";
import type {
  Head,
  HeadState,
  RowChanges,
  RowSummary,
  Store,
  StoredConversation,
  WriteResult,
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
  readonly #heads: Heads;

  constructor(
    { run = crypto.randomUUID(), journal, transactions = "never", ...options }:
      DynamoOptions,
  ) {
    this.requests = new Requests(options);
    this.#writer = { requests: this.requests, run, journal };
    this.#heads = new Heads(this.#writer);
    this.#transactions = transactions;
  }

  heads(conversationIds: readonly string[]): Promise<Map<string, Head>> {
    return this.#heads.read(conversationIds);
  }

  async rows(conversationId: string): Promise<Map<string, RowSummary>> {
    const rows = new Map<string, RowSummary>();
    const query = this.#itemsOf(conversationId, MESSAGE_PREFIX, {
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

  async strays(
    conversationId: string,
    rows: ReadonlyMap<string, RowSummary>,
  ): Promise<string[]> {
    const owned = new Set(
      [...rows].flatMap(([id, { pieces }]) =>
        pieces ? pieceKeys(conversationId, id, pieces).map(sortOf) : []
      ),
    );
    const strays: string[] = [];
    const query = this.#itemsOf(conversationId, PIECE_PREFIX, {
      ProjectionExpression: KEYS.sort,
    });
    for await (const item of query) {
      if (!owned.has(sortOf(item))) strays.push(sortOf(item));
    }
    return strays;
  }

  begin(
    conversationId: string,
    head: Head | undefined,
  ): Promise<Head | undefined> {
    return this.#heads.begin(conversationId, head);
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
          const atOnce = this.#transactions === "always";
          const counted = await this.#note(conversationId, writes);
          for (const batch of batches(counted, most)) {
            count(await this.requests.writeBatch(batch, reject, atOnce));
          }
        },
      );
      return written;
    } catch (error) {
      return { ...written, error: this.requests.explain(error) };
    }
  }

  finish(
    metadata: ConversationMetadata,
    state: HeadState,
    head: Head | undefined,
  ): Promise<void> {
    return this.#heads.finish(metadata, state, head);
  }

  remove(conversationId: string, head: Head): Promise<void> {
    return this.#heads.remove(conversationId, head);
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
    const old = await this.#heads.note(metadata.id, head);
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
      await this.#heads.requireMine(metadata.id, revision);
    } else if (reasons !== undefined) return undefined;
    return {
      put: changes.puts.length,
      deleted: changes.deletes.length,
      rejected: [],
    };
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
    let last: string | undefined;
    do {
      const page: ScanCommandOutput = await this.requests.read(
        new ScanCommand({
          TableName: this.requests.table,
          ReturnConsumedCapacity: "TOTAL",
          ConsistentRead: true,
          ProjectionExpression: KEYS.partition,
          ...(from && { ExclusiveStartKey: from }),
        }),
      );
      for (const item of page.Items ?? []) {
        const id = conversationIdOf(item);
        // Items of one partition follow one another.
        if (id !== undefined && id !== last) yield id;
        last = id;
      }
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }

  async lastExport(ownerId: string): Promise<ExportShape | undefined> {
    const item = await getItem(this.requests, exportKey(ownerId));
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

  async saveExport(ownerId: string, shape?: ExportShape): Promise<void> {
    const item = encodeShape(ownerId, shape, this.#writer.run);
    const old = await getItem(this.requests, exportKey(ownerId));
    await this.#writer.journal?.record(this.#writer.run, {
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

  /** The items of a conversation whose sort keys begin like that. */
  #itemsOf(
    conversationId: string,
    prefix: string,
    projection: Pick<
      QueryCommandInput,
      "ProjectionExpression" | "ExpressionAttributeNames"
    >,
  ): AsyncGenerator<Item> {
    return this.#query({
      KeyConditionExpression:
        `${KEYS.partition} = :conversation AND begins_with(${KEYS.sort}, :prefix)`,
      ExpressionAttributeValues: {
        ":conversation": partitionValue(conversationId),
        ":prefix": { S: prefix },
      },
      ...projection,
    });
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
}
