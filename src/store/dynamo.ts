/** Conversations in a DynamoDB table. @module */

import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandOutput,
  UpdateItemCommand,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import type { ConversationMetadata } from "../domain/conversation.ts";
import type { ExportShape } from "../domain/drift.ts";
import {
  errorName,
  explain,
  isTransient,
  RefusedError,
  StoreError,
} from "./failures.ts";
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
import { PIECE_PREFIX } from "./oversize.ts";
import { Patience, type PatienceOptions } from "./retry.ts";
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
import { writeRows, type Written } from "./write.ts";

/** Options of a {@linkcode DynamoStore}. */
export interface DynamoOptions {
  readonly client: DynamoDBClient;
  /** The table's name. */
  readonly table: string;
  /** The endpoint's URL, for the words of errors; undefined for AWS itself. */
  readonly endpoint?: string | undefined;
  /** The id of this run, different for every run. */
  readonly run?: string;
  /** Ends every request and wait. */
  readonly signal?: AbortSignal | undefined;
  /** How long a request is tried again without progress; two minutes unless given. */
  readonly patience?: Partial<PatienceOptions>;
}

/** Keys in one BatchGetItem. */
const MOST_KEYS = 100;
const PATIENCE_MS = 120_000;

/** A request that a client can send. */
type Command = Parameters<DynamoDBClient["send"]>[0];

/** The store of a table whose keys are as `schema.ts` makes them. */
export class DynamoStore implements Store {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #endpoint: string | undefined;
  readonly #run: string;
  readonly #signal: AbortSignal | undefined;
  readonly #patience: PatienceOptions;

  constructor(
    { client, table, endpoint, run = crypto.randomUUID(), signal, patience }:
      DynamoOptions,
  ) {
    this.#client = client;
    this.#table = table;
    this.#endpoint = endpoint;
    this.#run = run;
    this.#signal = signal;
    this.#patience = { deadline: PATIENCE_MS, signal, ...patience };
  }

  async heads(conversationIds: readonly string[]): Promise<Map<string, Head>> {
    const found = new Map<string, Head>();
    const ids = new Map(
      conversationIds.map((id) => [partitionValue(id).S, id]),
    );
    const unique = [...ids.values()];
    for (let start = 0; start < unique.length; start += MOST_KEYS) {
      let keys = unique.slice(start, start + MOST_KEYS).map(headKey);
      const patience = new Patience(this.#patience);
      while (keys.length > 0) {
        const answer = await this.#send(
          new BatchGetItemCommand({
            RequestItems: {
              [this.#table]: {
                Keys: keys,
                ConsistentRead: true,
              },
            },
          }),
        );
        const items = answer.Responses?.[this.#table] ?? [];
        for (const item of items) {
          const id = ids.get(item[KEYS.partition]?.S);
          if (id !== undefined) found.set(id, decodeHead(id, item));
        }
        const left = answer.UnprocessedKeys?.[this.#table]?.Keys ?? [];
        if (left.length < keys.length) patience.progress();
        if (left.length > 0) await patience.pause(throttled());
        keys = left as Item[];
      }
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
    if (head === undefined) return undefined;
    const next = head.revision + 1;
    await this.#sendConditional(
      new UpdateItemCommand({
        TableName: this.#table,
        Key: headKey(conversationId),
        UpdateExpression: "SET Revision = :next, Run = :run REMOVE Digest",
        ConditionExpression: sameRevision(head),
        ExpressionAttributeNames: { "#sort": KEYS.sort },
        ExpressionAttributeValues: {
          ":next": { N: String(next) },
          ":run": { S: this.#run },
          ...revisionValue(head),
        },
      }),
      conversationId,
      next,
    );
    return { revision: next };
  }

  async write(
    conversationId: string,
    changes: RowChanges,
  ): Promise<WriteResult> {
    const written: Written = { put: 0, deleted: 0, rejected: [] };
    try {
      await writeRows(
        conversationId,
        changes,
        written,
        (batch, reject) => this.#writeBatch(batch, reject),
      );
      return written;
    } catch (error) {
      return {
        ...written,
        error: explain(error, { endpoint: this.#endpoint }),
      };
    }
  }

  async finish(
    metadata: ConversationMetadata,
    state: HeadState,
    head: Head | undefined,
  ): Promise<void> {
    const revision = (head?.revision ?? 0) + 1;
    await this.#sendConditional(
      new PutItemCommand({
        TableName: this.#table,
        Item: encodeHead(metadata, {
          ...state,
          revision,
          run: this.#run,
        }),
        ConditionExpression: head === undefined
          ? "attribute_not_exists(#sort)"
          : sameRevision(head),
        ExpressionAttributeNames: { "#sort": KEYS.sort },
        ...(head !== undefined && head.revision > 0 &&
          { ExpressionAttributeValues: revisionValue(head) }),
      }),
      metadata.id,
      revision,
    );
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
      const page: ScanCommandOutput = await this.#send(
        new ScanCommand({
          TableName: this.#table,
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
    const { Item } = await this.#send(
      new GetItemCommand({
        TableName: this.#table,
        Key: exportKey(ownerId),
        ConsistentRead: true,
      }),
    );
    return Item && decodeShape(Item);
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
    await this.#send(
      new PutItemCommand({
        TableName: this.#table,
        Item: encodeShape(ownerId, shape, this.#run),
      }),
    );
  }

  /**
   * Writes a batch, halving it where DynamoDB refuses it for what is in it, until the item at fault stands
   * alone and its neighbours are written.
   *
   * @returns How many requests of the batch were acknowledged.
   */
  async #writeBatch(
    batch: WriteRequest[],
    reject: (request: WriteRequest, reason: string) => void,
  ): Promise<number> {
    const [only] = batch;
    if (only === undefined) return 0;
    try {
      await this.#writeUntilProcessed(batch);
      return batch.length;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (batch.length === 1) {
        reject(only, error.message);
        return 0;
      }
      const half = Math.ceil(batch.length / 2);
      return await this.#writeBatch(batch.slice(0, half), reject) +
        await this.#writeBatch(batch.slice(half), reject);
    }
  }

  async #writeUntilProcessed(batch: WriteRequest[]): Promise<void> {
    const patience = new Patience(this.#patience);
    for (let left = batch; left.length > 0;) {
      const answer = await this.#send(
        new BatchWriteItemCommand({ RequestItems: { [this.#table]: left } }),
      );
      // The SDK hands these back as a success and does not send them again.
      const unprocessed = answer.UnprocessedItems?.[this.#table] ?? [];
      if (unprocessed.length < left.length) patience.progress();
      if (unprocessed.length > 0) await patience.pause(throttled());
      left = unprocessed;
    }
  }

  async *#query(
    input: Omit<QueryCommandInput, "TableName">,
  ): AsyncGenerator<Item> {
    let start: Item | undefined;
    do {
      const answer = await this.#send(
        new QueryCommand({
          TableName: this.#table,
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
    conversationId: string,
    revision: number,
  ): Promise<void> {
    try {
      await this.#send(command as PutItemCommand);
    } catch (error) {
      if (errorName(error) !== "ConditionalCheckFailedException") throw error;
      const now = await this.#send(
        new GetItemCommand({
          TableName: this.#table,
          Key: headKey(conversationId),
          ConsistentRead: true,
        }),
      );
      const mine = now.Item?.["Run"]?.S === this.#run &&
        now.Item["Revision"]?.N === String(revision);
      if (!mine) {
        throw new ConflictError(
          "Another run changed the conversation meanwhile",
          { cause: error },
        );
      }
    }
  }

  /** Sends a request, again where that may help, and puts what ends it into words. */
  readonly #send = (async (command: Command) => {
    const patience = new Patience(this.#patience);
    for (;;) {
      try {
        return await this.#client.send(
          command,
          this.#signal && { abortSignal: this.#signal },
        );
      } catch (error) {
        this.#signal?.throwIfAborted();
        if (errorName(error) === "ConditionalCheckFailedException") throw error;
        const said = explain(error, { endpoint: this.#endpoint });
        if (!isTransient(error)) throw said;
        await patience.pause(said);
      }
    }
  }) as DynamoDBClient["send"];
}

function sameRevision({ revision }: Head): string {
  return revision === 0
    ? "attribute_exists(#sort) AND attribute_not_exists(Revision)"
    : "Revision = :seen AND attribute_exists(#sort)";
}

function revisionValue({ revision }: Head): Item {
  return revision === 0 ? {} : { ":seen": { N: String(revision) } };
}

function throttled(): Error {
  return new StoreError("DynamoDB went on throttling");
}
