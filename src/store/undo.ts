/** Puts back what a run replaced and deleted, and takes away what it added. @module */

import {
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { batches, put, remove, type Write } from "./batch.ts";
import { writeUnits } from "./capacity.ts";
import { errorName } from "./failures.ts";
import { getItem } from "./heads.ts";
import { EXPORTS, type Item, KEYS, MESSAGE_PREFIX, METADATA } from "./items.ts";
import type { Before, Journal } from "./journal.ts";
import { noteWrites, sortOf, type Writer } from "./note.ts";
import { MOST_IN_BATCH } from "./requests.ts";

/** What became of a partition. */
export interface Restored {
  /**
   * `restored`: it is as it was before the run; `untouched`: it was all the time; `moved`: another run wrote to it
   * since, so it is left alone.
   */
  readonly result: "restored" | "untouched" | "moved";
  /** Message rows put back, and taken away. */
  readonly put: number;
  readonly deleted: number;
  /** Why DynamoDB would not take some of it. */
  readonly rejected: readonly string[];
}

/** How many message rows undoing takes away, at the most. */
export function deletesOf({ added }: Before): number {
  return added.filter((sort) => sort.startsWith(MESSAGE_PREFIX)).length;
}

/**
 * Restores a partition to what it was before a run. Its head has no digest meanwhile, so an end in the middle
 * leaves nothing that looks complete; the same again goes on from there.
 *
 * @param undone The run to undo, and runs that began to undo it and did not come to their ends.
 * @throws {Error} When DynamoDB fails for good, or another run writes to the partition at the same time.
 */
export async function restore(
  before: Before,
  undone: ReadonlySet<string>,
  writer: Writer & { readonly journal: Journal },
): Promise<Restored> {
  const nothing = { put: 0, deleted: 0, rejected: [] };
  if (before.partition === EXPORTS) {
    return await restoreItems(before, undone, writer);
  }
  const head = await getItem(writer.requests, key(before.partition, METADATA));
  const mine = undone.has(head?.["Run"]?.S ?? "");
  if (head !== undefined && !mine) {
    const same = before.head !== undefined && before.head !== null &&
      before.head["Revision"]?.N === head["Revision"]?.N &&
      before.head["Run"]?.S === head["Run"]?.S;
    return { ...nothing, result: same ? "untouched" : "moved" };
  }
  const there = await stillThere(before, writer);
  const nothingHere = head === undefined && before.head === null &&
    before.items.length === 0 && there.length === 0;
  if (nothingHere) return { ...nothing, result: "untouched" };
  await writer.journal.record(writer.run, {
    partition: before.partition,
    head: head ?? null,
    items: [],
    added: [],
  });
  const revision = Number(head?.["Revision"]?.N ?? 0) + 1;
  if (head !== undefined) await takeDigest(head, revision, writer);
  const done = await writeBack({ ...before, added: there }, writer);
  if (done.rejected.length === 0) {
    await putHead(before, { revision, exists: head !== undefined }, writer);
  }
  return { ...done, result: "restored" };
}

/** Those of the added items that have not been deleted since. */
async function stillThere(
  { partition, added }: Before,
  { requests }: Writer,
): Promise<string[]> {
  const there = new Set<string>();
  const keys = added.map((sort) => key(partition, sort));
  for await (const item of requests.items(keys)) there.add(sortOf(item));
  return added.filter((sort) => there.has(sort));
}

/** Items that have no head: each that is still the run's. */
async function restoreItems(
  before: Before,
  undone: ReadonlySet<string>,
  writer: Writer,
): Promise<Restored> {
  const items: Item[] = [];
  const added: string[] = [];
  for (const item of before.items) {
    const now = await getItem(
      writer.requests,
      key(before.partition, sortOf(item)),
    );
    if (undone.has(now?.["Run"]?.S ?? "")) items.push(item);
  }
  for (const sort of before.added) {
    const now = await getItem(writer.requests, key(before.partition, sort));
    if (undone.has(now?.["Run"]?.S ?? "")) added.push(sort);
  }
  const done = await writeBack({ ...before, items, added }, writer);
  return { ...done, result: "restored" };
}

/** Puts and deletes rows, and pieces before the messages that they belong to. */
async function writeBack(
  { partition, items, added }: Before,
  writer: Writer,
): Promise<Omit<Restored, "result">> {
  const rejected: string[] = [];
  const counts = { put: 0, deleted: 0 };
  const send = async (writes: Write[], kind?: "put" | "deleted") => {
    for (const batch of batches(writes, MOST_IN_BATCH)) {
      const counted = await noteWrites(partition, batch, writer);
      const done = await writer.requests.writeBatch(
        counted,
        (_, reason) => rejected.push(reason),
      );
      if (kind !== undefined) counts[kind] += done;
    }
  };
  const isMessage = (sort: string) => sort.startsWith(MESSAGE_PREFIX);
  const puts = items.map((item) => ({
    message: isMessage(sortOf(item)),
    write: put(item, sortOf(item), true),
  }));
  const deletes = added.map((sort) => ({
    message: isMessage(sort),
    write: remove(key(partition, sort), sort),
  }));
  const those = (list: typeof puts, message: boolean) =>
    list.filter((one) => one.message === message).map(({ write }) => write);
  await send(those(puts, false));
  await send(those(puts, true), "put");
  await send(those(deletes, true), "deleted");
  await send(those(deletes, false));
  return { ...counts, rejected };
}

async function takeDigest(
  head: Item,
  revision: number,
  { requests, run }: Writer,
): Promise<void> {
  await requests.write(
    new UpdateItemCommand({
      TableName: requests.table,
      ReturnConsumedCapacity: "TOTAL",
      Key: key(head[KEYS.partition]?.S ?? "", METADATA),
      UpdateExpression: "SET Revision = :next, #run = :run REMOVE Digest",
      ConditionExpression: "#run = :before AND Revision = :seen OR " +
        "#run = :run AND Revision = :next",
      ExpressionAttributeNames: { "#run": "Run" },
      ExpressionAttributeValues: {
        ":next": { N: String(revision) },
        ":run": { S: run },
        ":before": head["Run"] ?? { S: "" },
        ":seen": head["Revision"] ?? { N: "0" },
      },
    }),
    writeUnits(head),
  );
}

/** Puts the head that was there, or deletes that of the run where none was. */
async function putHead(
  { partition, head }: Before,
  { revision, exists }: { readonly revision: number; readonly exists: boolean },
  { requests, run }: Writer,
): Promise<void> {
  const TableName = requests.table;
  // The second half holds when this very request was applied already and is sent again.
  const ours = head?.["Revision"] !== undefined;
  const condition = exists
    ? {
      ConditionExpression: "#run = :run AND Revision = :revision OR " +
        (ours
          ? "#run = :run AND Revision = :next"
          : "attribute_not_exists(#run)"),
      ExpressionAttributeNames: { "#run": "Run" },
      ExpressionAttributeValues: {
        ":run": { S: run },
        ":revision": { N: String(revision) },
        ...(ours && { ":next": { N: String(revision + 1) } }),
      },
    }
    : {};
  if (head) {
    // A head of the earlier Python tool has no revision, and gets none.
    const Item = ours
      ? {
        ...head,
        Revision: { N: String(revision + 1) },
        Run: { S: run },
      }
      : head;
    await requests.write(
      new PutItemCommand({
        TableName,
        ReturnConsumedCapacity: "TOTAL",
        Item,
        ...condition,
      }),
      writeUnits(Item),
    );
    return;
  }
  if (!exists) return;
  try {
    await requests.write(
      new DeleteItemCommand({
        TableName,
        ReturnConsumedCapacity: "TOTAL",
        Key: key(partition, METADATA),
        ...condition,
      }),
      1,
    );
  } catch (error) {
    // It may have been this very request, sent twice.
    const gone = errorName(error) === "ConditionalCheckFailedException" &&
      await getItem(requests, key(partition, METADATA)) === undefined;
    if (!gone) throw error;
  }
}

function key(partition: string, sort: string): Item {
  return { [KEYS.partition]: { S: partition }, [KEYS.sort]: { S: sort } };
}
