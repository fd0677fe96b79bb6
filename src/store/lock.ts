/**
 * One run at a time writes to a table: a lock that is an item of it.
 *
 * The algorithm is that of Amazon's DynamoDB lock client. The holder writes a new version every few seconds;
 * whoever wants the lock and sees the same version for as long as the lease lasts, by its own clock, takes it over.
 * So no clocks are compared, and what a run that died has sent has arrived or never will when the next one begins.
 * https://aws.amazon.com/blogs/database/building-distributed-locks-with-the-dynamodb-lock-client/
 *
 * @module
 */

import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { EXIT, UserError } from "../domain/errors.ts";
import { errorName } from "./failures.ts";
import { type Item, KEYS } from "./items.ts";
import { type RequestOptions, Requests } from "./requests.ts";
import { sleep } from "./retry.ts";

/** Who holds a lock. */
export interface LockHolder {
  /** The id of the run. */
  readonly run: string;
  /** When it took it, by its own clock, as ISO 8601. */
  readonly since: string;
  /** Milliseconds without a sign of life after which others take it. */
  readonly lease: number;
}

/** Options of {@linkcode acquireLock}. */
export interface LockOptions {
  /** The id of this run. */
  readonly run: string;
  /** Milliseconds; far more than a request can take. A minute unless given. */
  readonly lease?: number;
  /** Called once when there is another run to look at. */
  readonly onWait?: (holder: LockHolder) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A lock that is held until it is disposed of. */
export interface Lock extends AsyncDisposable {
  /** Aborted with a {@linkcode UserError} when the lock may have been lost. */
  readonly signal: AbortSignal;
  /** To be called before each write. @throws {UserError} When the lock may have been lost. */
  check(): void;
}

const LEASE_MS = 60_000;
/** How long a request of the lock's own is tried. */
const PATIENCE_MS = 10_000;
const KEY: Item = {
  [KEYS.partition]: { S: "LOCK#sync" },
  [KEYS.sort]: { S: "LOCK" },
};
const NAMES = { "#version": "Version" };

/**
 * Takes the table's lock.
 *
 * @throws {UserError} When another run has it and is alive (exit code 11).
 */
export async function acquireLock(
  access: RequestOptions,
  { run, lease = LEASE_MS, onWait, signal }: LockOptions,
): Promise<Lock> {
  const requests = ownRequests(access);
  let seen: { readonly version: string; readonly at: number } | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const item = await readLock(requests);
    const holder = item && decode(item);
    const version = item?.["Version"]?.S ?? "";
    if (holder !== undefined && seen === undefined) {
      seen = { version, at: performance.now() };
      onWait?.(holder);
    }
    if (holder !== undefined && seen?.version !== version) {
      throw new UserError("Another run is writing to the table", {
        hint: `Wait until it ends; it began at ${holder.since}`,
        code: EXIT.locked,
      });
    }
    const over = holder !== undefined && seen !== undefined &&
      performance.now() - seen.at >= holder.lease;
    if (holder === undefined || over) {
      const mine = { run, since: new Date().toISOString(), lease };
      const first = await putLock(requests, mine, item && version);
      if (first !== undefined) {
        return hold(requests, mine, first);
      }
      continue;
    }
    await sleep(Math.min(1_000, holder.lease / 20), signal);
  }
}

/** Who holds the table's lock, if anybody does. */
export async function lockHolder(
  access: RequestOptions,
): Promise<LockHolder | undefined> {
  const item = await readLock(ownRequests(access));
  return item && decode(item);
}

/** Takes the lock from whoever has it; a run that is still alive notices within a third of its lease. */
export async function breakLock(access: RequestOptions): Promise<void> {
  const requests = ownRequests(access);
  await requests.write(
    new DeleteItemCommand({ TableName: requests.table, Key: KEY }),
    1,
  );
}

/** The lock's own requests go on when the run is interrupted, and do not count as its. */
function ownRequests({ client, table, endpoint }: RequestOptions): Requests {
  const patience = { deadline: PATIENCE_MS };
  return new Requests({ client, table, endpoint, patience });
}

/** Shows signs of life until it is disposed of. */
function hold(requests: Requests, mine: LockHolder, first: string): Lock {
  const lost = new AbortController();
  const stopped = new AbortController();
  let version = first;
  let alive = clocks();
  const fail = () =>
    lost.abort(
      new UserError("This run lost the lock of the table", {
        hint:
          "Another run may be writing to it; run this again when that one has ended",
        code: EXIT.locked,
      }),
    );
  const check = () => {
    if (elapsed(alive) > mine.lease * 2 / 3) fail();
    lost.signal.throwIfAborted();
  };
  const beating = (async () => {
    while (!lost.signal.aborted) {
      try {
        await sleep(mine.lease / 3, stopped.signal);
      } catch {
        return;
      }
      const now = clocks();
      try {
        const next = await putLock(requests, mine, version);
        if (next === undefined) return fail();
        version = next;
        alive = now;
      } catch {
        // The next beat may get through; if none does, the check ends the run in time.
        if (elapsed(alive) > mine.lease * 2 / 3) return fail();
      }
    }
  })();
  return {
    signal: lost.signal,
    check,
    [Symbol.asyncDispose]: async () => {
      stopped.abort();
      await beating;
      if (lost.signal.aborted) return;
      try {
        await requests.write(
          new DeleteItemCommand({
            TableName: requests.table,
            Key: KEY,
            ConditionExpression: "#version = :mine",
            ExpressionAttributeNames: NAMES,
            ExpressionAttributeValues: { ":mine": { S: version } },
          }),
          1,
        );
      } catch {
        // Then it ends by itself, when its lease is over.
      }
    },
  };
}

/** A clock that stands still while the machine sleeps, and one that does not. */
interface Clocks {
  readonly monotonic: number;
  readonly wall: number;
}

function clocks(): Clocks {
  return { monotonic: performance.now(), wall: Date.now() };
}

function elapsed({ monotonic, wall }: Clocks): number {
  const now = clocks();
  return Math.max(now.monotonic - monotonic, now.wall - wall);
}

/**
 * Puts the lock in the place of the version that was seen, or of none.
 *
 * @returns Its new version; undefined where somebody else was faster.
 */
async function putLock(
  requests: Requests,
  { run, since, lease }: LockHolder,
  seen: string | undefined,
): Promise<string | undefined> {
  const version = crypto.randomUUID();
  try {
    await requests.write(
      new PutItemCommand({
        TableName: requests.table,
        Item: {
          ...KEY,
          Run: { S: run },
          Since: { S: since },
          Lease: { N: String(lease) },
          Version: { S: version },
        },
        // The second half holds when this very request was applied already and is sent again.
        ConditionExpression: seen === undefined
          ? "attribute_not_exists(#version) OR #version = :mine"
          : "#version = :seen OR #version = :mine",
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: {
          ":mine": { S: version },
          ...(seen !== undefined && { ":seen": { S: seen } }),
        },
      }),
      1,
    );
    return version;
  } catch (error) {
    if (errorName(error) !== "ConditionalCheckFailedException") throw error;
    return undefined;
  }
}

async function readLock(requests: Requests): Promise<Item | undefined> {
  const { Item } = await requests.read(
    new GetItemCommand({
      TableName: requests.table,
      Key: KEY,
      ConsistentRead: true,
    }),
  );
  return Item;
}

function decode(item: Item): LockHolder {
  return {
    run: item["Run"]?.S ?? "",
    since: item["Since"]?.S ?? "",
    lease: Number(item["Lease"]?.N ?? LEASE_MS),
  };
}
