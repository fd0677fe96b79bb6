/** Requests to one table: sent again where that may help, counted, and held back where they are too many. @module */

import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DeleteItemCommand,
  type DynamoDBClient,
  type PutItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type UpdateItemCommand,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import type { Write } from "./batch.ts";
import { Capacity } from "./capacity.ts";
import { withBody } from "./client.ts";
import {
  errorName,
  explain,
  isExpired,
  isThrottling,
  isTransient,
  RefusedError,
  StoreError,
} from "./failures.ts";
import { Gate } from "./gate.ts";
import type { Rehearsal } from "./rehearsal.ts";
import { Patience, type PatienceOptions } from "./retry.ts";
import { type Item, toWire } from "./values.ts";

/** What requests need of a run. */
export interface RequestOptions {
  readonly client: DynamoDBClient;
  /** The table's name. */
  readonly table: string;
  /** The endpoint's URL, for the words of errors; undefined for AWS itself. */
  readonly endpoint?: string | undefined;
  /** Ends every request and wait. */
  readonly signal?: AbortSignal | undefined;
  /** How long a request is tried again without progress; two minutes unless given. */
  readonly patience?: Partial<PatienceOptions>;
  /** Counts what is used; one without limits unless given. */
  readonly capacity?: Capacity;
  /** Takes the writes instead of DynamoDB; without it they are sent. */
  readonly rehearsal?: Rehearsal | undefined;
  /** Called before each write; what it throws ends the write. */
  readonly beforeWrite?: (() => void) | undefined;
}

/** A write with the units that it will use. */
export interface CountedWrite extends Write {
  readonly units: number;
}

/** Requests in one BatchWriteItem. */
export const MOST_IN_BATCH = 25;
/** The same for TransactWriteItems. */
export const MOST_IN_TRANSACTION = 100;
/** Keys in one BatchGetItem. */
const MOST_KEYS = 100;
/** Writes under way at a time. */
const MOST_WRITES = 16;
const PATIENCE_MS = 120_000;
/** Failures of a command that its sender must look at itself. */
const ANSWERS = new Set([
  "ConditionalCheckFailedException",
  "TransactionCanceledException",
]);

/** A request that writes. */
type WriteCommand =
  | DeleteItemCommand
  | PutItemCommand
  | UpdateItemCommand;

/** Sends requests to one table. */
export class Requests {
  readonly table: string;
  readonly capacity: Capacity;
  readonly #client: DynamoDBClient;
  readonly #endpoint: string | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #patience: PatienceOptions;
  readonly #gate = new Gate(MOST_WRITES);
  readonly #beforeWrite: (() => void) | undefined;
  readonly #rehearsal: Rehearsal | undefined;

  constructor(
    { client, table, endpoint, signal, patience, capacity, ...options }:
      RequestOptions,
  ) {
    this.#beforeWrite = options.beforeWrite;
    this.#rehearsal = options.rehearsal;
    this.table = table;
    this.capacity = capacity ?? new Capacity({ signal });
    this.#client = client;
    this.#endpoint = endpoint;
    this.#signal = signal;
    this.#patience = { deadline: PATIENCE_MS, signal, ...patience };
  }

  /** Whether nothing is written. */
  get rehearsing(): boolean {
    return this.#rehearsal !== undefined;
  }

  /** Sends what reads. */
  readonly read =
    ((command: object) =>
      this.#rehearsal?.empty
        ? Promise.resolve({})
        : this.#send(command, "read")) as DynamoDBClient["send"];

  /** Sends what writes that many units. */
  async write(command: WriteCommand, units: number): Promise<void> {
    await this.capacity.take(units);
    if (this.#rehearsal !== undefined) {
      return this.#rehearsal.note(command.input);
    }
    await this.#gate.pass(() => this.#send(command, "write"));
  }

  /** An error in our own words. */
  explain(error: unknown): Error {
    return explain(error, { endpoint: this.#endpoint });
  }

  /** The items of those keys that are there. */
  async *items(keys: readonly Item[]): AsyncGenerator<Item> {
    for (let start = 0; start < keys.length; start += MOST_KEYS) {
      let left: Item[] = keys.slice(start, start + MOST_KEYS);
      const patience = new Patience(this.#patience);
      while (left.length > 0) {
        const answer = await this.read(
          new BatchGetItemCommand({
            RequestItems: {
              [this.table]: { Keys: left, ConsistentRead: true },
            },
            ReturnConsumedCapacity: "TOTAL",
          }),
        );
        yield* (answer.Responses?.[this.table] ?? []) as Item[];
        const rest = answer.UnprocessedKeys?.[this.table]?.Keys ?? [];
        if (rest.length < left.length) patience.progress();
        if (rest.length > 0) await patience.pause(throttled());
        left = rest as Item[];
      }
    }
  }

  /**
   * Writes a batch, halving it where DynamoDB refuses it for what is in it, until the item at fault stands
   * alone and its neighbours are written.
   *
   * @param atOnce Whether to try it as a transaction first.
   * @returns How many writes of the batch were acknowledged.
   */
  async writeBatch(
    batch: readonly CountedWrite[],
    reject: (messageId: string, reason: string) => void,
    atOnce = false,
  ): Promise<number> {
    const writes = batch.map(toTransaction);
    if (this.#rehearsal !== undefined) {
      await this.capacity.take((atOnce ? 2 : 1) * sum(batch));
      for (const { Put, Delete } of writes) {
        this.#rehearsal.note(Put ?? Delete ?? {});
      }
      return batch.length;
    }
    if (atOnce && await this.transact(writes, sum(batch)) === undefined) {
      return batch.length;
    }
    if (!atOnce) await this.capacity.take(sum(batch));
    let acknowledged = 0;
    for (let start = 0; start < batch.length; start += MOST_IN_BATCH) {
      const part = batch.slice(start, start + MOST_IN_BATCH);
      acknowledged += await this.#writeHalves(part, reject);
    }
    return acknowledged;
  }

  async #writeHalves(
    batch: readonly Write[],
    reject: (messageId: string, reason: string) => void,
  ): Promise<number> {
    const [only] = batch;
    if (only === undefined) return 0;
    try {
      await this.#gate.pass(() =>
        this.#writeUntilProcessed(batch.map(({ request }) => request))
      );
      return batch.length;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (batch.length === 1) {
        reject(only.messageId, error.message);
        return 0;
      }
      const half = Math.ceil(batch.length / 2);
      return await this.#writeHalves(batch.slice(0, half), reject) +
        await this.#writeHalves(batch.slice(half), reject);
    }
  }

  async #writeUntilProcessed(batch: WriteRequest[]): Promise<void> {
    const patience = new Patience(this.#patience);
    for (let left = batch; left.length > 0;) {
      const answer = await this.#send(
        withBody(BatchWriteItemCommand, {
          RequestItems: { [this.table]: left.map(wireRequest) },
          ReturnConsumedCapacity: "TOTAL",
        }),
        "write",
      );
      // The SDK hands these back as a success and does not send them again.
      const unprocessed = answer.UnprocessedItems?.[this.table] ?? [];
      if (unprocessed.length < left.length) patience.progress();
      if (unprocessed.length > 0) {
        this.#gate.slower();
        await patience.pause(throttled());
      } else this.#gate.faster();
      left = unprocessed;
    }
  }

  /**
   * Writes all of it or nothing, at twice the units.
   *
   * @param units What the same writes would use one by one.
   * @returns Why DynamoDB will never take it, if it will not: the reason for each write, where it says so.
   */
  async transact(
    writes: readonly TransactWriteItem[],
    units: number,
  ): Promise<readonly string[] | undefined> {
    await this.capacity.take(2 * units);
    if (this.#rehearsal !== undefined) {
      for (const { Put, Delete } of writes) {
        this.#rehearsal.note(Put ?? Delete ?? {});
      }
      return undefined;
    }
    const patience = new Patience(this.#patience);
    const TransactItems = writes.map((one) => wireTransaction(one, this.table));
    for (;;) {
      try {
        await this.#gate.pass(() =>
          this.#send(
            withBody(TransactWriteItemsCommand, {
              TransactItems,
              // The same for each attempt at the same transaction, so that one which was done is not done again.
              ClientRequestToken: crypto.randomUUID(),
              ReturnConsumedCapacity: "TOTAL",
            }),
            "write",
          )
        );
        return undefined;
      } catch (error) {
        if (error instanceof RefusedError) return [];
        const reasons = cancellation(error);
        if (reasons === undefined) throw error;
        if (!reasons.some((code) => PASSING.has(code))) return reasons;
        this.#gate.slower();
        await patience.pause(throttled());
      }
    }
  }

  /** Has the SDK look for new credentials, as a person or an agent may have left by now. */
  async #renewCredentials(): Promise<void> {
    try {
      await this.#client.config.credentials({ forceRefresh: true });
    } catch {
      // There are none yet.
    }
  }

  /** Sends a request, again where that may help, and puts what ends it into words. */
  readonly #send = async (
    command: object,
    kind: "read" | "write",
    // deno-lint-ignore no-explicit-any -- what it answers is known to the SDK's overloads only
  ): Promise<any> => {
    const patience = new Patience(this.#patience);
    for (;;) {
      if (kind === "write") this.#beforeWrite?.();
      try {
        const answer: object = await this.#client.send(
          command as never,
          this.#signal && { abortSignal: this.#signal },
        );
        const { ConsumedCapacity } = answer as { ConsumedCapacity?: object };
        this.capacity.count(kind, ConsumedCapacity);
        return answer;
      } catch (error) {
        this.#signal?.throwIfAborted();
        if (ANSWERS.has(errorName(error))) throw error;
        const said = this.explain(error);
        if (isExpired(error)) await this.#renewCredentials();
        else if (!isTransient(error)) throw said;
        if (isThrottling(error)) this.#gate.slower();
        await patience.pause(said);
      }
    }
  };
}

/** Reasons for which a transaction may succeed later. */
const PASSING = new Set([
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
  "RequestLimitExceeded",
]);

/** The reason for each item of a transaction that was cancelled. */
function cancellation(error: unknown): readonly string[] | undefined {
  if (errorName(error) !== "TransactionCanceledException") return undefined;
  const { CancellationReasons = [] } = error as {
    CancellationReasons?: readonly { readonly Code?: string }[];
  };
  return CancellationReasons.map(({ Code = "None" }) => Code);
}

function wireRequest({ PutRequest, DeleteRequest }: WriteRequest): object {
  return PutRequest?.Item
    ? { PutRequest: { Item: toWire(PutRequest.Item) } }
    : { DeleteRequest };
}

/** A write as a part of a transaction; the table's name is filled in when it is sent. */
export function toTransaction({ request }: Write): TransactWriteItem {
  const { PutRequest, DeleteRequest } = request;
  const TableName = undefined;
  return PutRequest
    ? { Put: { TableName, Item: PutRequest.Item } }
    : { Delete: { TableName, Key: DeleteRequest?.Key } };
}

function wireTransaction(
  { Put, Delete }: TransactWriteItem,
  TableName: string,
): object {
  return Put?.Item
    ? { Put: { ...Put, TableName, Item: toWire(Put.Item) } }
    : { Delete: { ...Delete, TableName } };
}

function sum(batch: readonly CountedWrite[]): number {
  return batch.reduce((all, { units }) => all + units, 0);
}

function throttled(): Error {
  return new StoreError("DynamoDB went on throttling");
}
