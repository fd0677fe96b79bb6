/** The table itself: create, describe, delete. @module */

import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type TableDescription as SdkDescription,
} from "@aws-sdk/client-dynamodb";
import { EXIT, UserError } from "../domain/errors.ts";
import { errorName, explain, isTransient } from "./failures.ts";
import { KEYS } from "./items.ts";
import { Patience, sleep } from "./retry.ts";

/** What is known of a table. */
export interface TableDescription {
  readonly name: string;
  /** Such as `ACTIVE` or `CREATING`. */
  readonly status: string;
  /** The names of its key attributes with their types. */
  readonly keys: readonly string[];
  /** Items and bytes, as DynamoDB last counted them: on AWS every six hours. */
  readonly itemCount: number;
  readonly sizeBytes: number;
  readonly billingMode: string;
  readonly deletionProtection: boolean;
}

/** What the functions of this module need. */
export interface TableAccess {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** The endpoint's URL, for the words of errors; undefined for AWS itself. */
  readonly endpoint?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const OUR_KEYS = [
  `${KEYS.partition} (S, partition key)`,
  `${KEYS.sort} (S, sort key)`,
];
/** Milliseconds between two looks at a table that is on its way, and after which to stop looking. */
const LOOK = { every: 100, most: 300_000 } as const;
/** Milliseconds for a person to wait before being told that nothing answers. */
const FIRST_ANSWER_MS = 3_000;

/**
 * What is known of the table; undefined where it is not there.
 *
 * @throws {UserError} When DynamoDB does not answer or refuses the credentials.
 */
export async function describeTable(
  access: TableAccess,
): Promise<TableDescription | undefined> {
  try {
    const { Table } = await send(
      access,
      (options) =>
        access.client.send(
          new DescribeTableCommand({ TableName: access.table }),
          options,
        ),
    );
    return Table && describe(access.table, Table);
  } catch (error) {
    if (errorName(error) === "ResourceNotFoundException") return undefined;
    throw explain(error, { endpoint: access.endpoint });
  }
}

/**
 * Checks that the table is there, with our keys, and ready.
 *
 * @throws {UserError} When it is not there (exit code 10) or has other keys.
 */
export async function requireTable(
  access: TableAccess,
): Promise<TableDescription> {
  const found = await settled(access);
  if (found === undefined) {
    throw new UserError(`Table "${access.table}" is not there`, {
      hint: "Create it with `table create` and the same options",
      code: EXIT.tableMissing,
    });
  }
  if (found.keys.join() !== OUR_KEYS.join()) {
    throw new UserError(
      `Table "${access.table}" has other keys: it has ${
        found.keys.join(", ")
      }; needed are ${OUR_KEYS.join(", ")}`,
      { hint: "Name another table with --table" },
    );
  }
  return found;
}

/**
 * Creates the table, paid by request, unless it is there, and waits until it is ready.
 *
 * @throws {UserError} When there is one of that name with other keys.
 */
export async function createTable(
  access: TableAccess,
): Promise<TableDescription> {
  if (await describeTable(access) === undefined) {
    try {
      await send(
        access,
        (options) =>
          access.client.send(
            new CreateTableCommand({
              TableName: access.table,
              BillingMode: "PAY_PER_REQUEST",
              AttributeDefinitions: Object.values(KEYS).map((name) => ({
                AttributeName: name,
                AttributeType: "S",
              })),
              KeySchema: [
                { AttributeName: KEYS.partition, KeyType: "HASH" },
                { AttributeName: KEYS.sort, KeyType: "RANGE" },
              ],
            }),
            options,
          ),
      );
    } catch (error) {
      // Another run has just created it.
      if (errorName(error) !== "ResourceInUseException") {
        throw explain(error, { endpoint: access.endpoint });
      }
    }
  }
  return await requireTable(access);
}

/**
 * Deletes the table with all that is in it, and waits until it is gone.
 *
 * @throws {UserError} When it is not there (exit code 10) or protected against it.
 */
export async function deleteTable(access: TableAccess): Promise<void> {
  const { deletionProtection } = await requireTable(access);
  if (deletionProtection) {
    throw new UserError(
      `Table "${access.table}" is protected against deletion`,
      {
        hint: "Lift its deletion protection first",
      },
    );
  }
  try {
    await send(
      access,
      (options) =>
        access.client.send(
          new DeleteTableCommand({ TableName: access.table }),
          options,
        ),
    );
  } catch (error) {
    throw explain(error, { endpoint: access.endpoint });
  }
  await settled(access);
}

/** Looks at the table until it is neither on its way nor on its way out. */
async function settled(
  access: TableAccess,
): Promise<TableDescription | undefined> {
  for (let waited = 0;; waited += LOOK.every) {
    const found = await describeTable(access);
    if (
      found === undefined || !["CREATING", "DELETING"].includes(found.status)
    ) return found;
    if (waited >= LOOK.most) {
      throw new UserError(`Table "${access.table}" is still ${found.status}`);
    }
    await sleep(LOOK.every, access.signal);
  }
}

/** Sends a request, for some seconds again while nothing answers: a server may be just starting. */
async function send<T>(
  { signal }: TableAccess,
  request: (options: { abortSignal?: AbortSignal }) => Promise<T>,
): Promise<T> {
  const patience = new Patience({ deadline: FIRST_ANSWER_MS, signal });
  for (;;) {
    try {
      return await request(signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTransient(error)) throw error;
      await patience.pause(error);
    }
  }
}

function describe(name: string, table: SdkDescription): TableDescription {
  const types = new Map(
    table.AttributeDefinitions?.map((
      one,
    ) => [one.AttributeName, one.AttributeType]),
  );
  const roles: Record<string, string> = {
    HASH: "partition key",
    RANGE: "sort key",
  };
  return {
    name,
    status: table.TableStatus ?? "unknown",
    keys: (table.KeySchema ?? []).map(({ AttributeName, KeyType }) =>
      `${AttributeName} (${types.get(AttributeName)}, ${roles[KeyType ?? ""]})`
    ),
    itemCount: table.ItemCount ?? 0,
    sizeBytes: table.TableSizeBytes ?? 0,
    billingMode: table.BillingModeSummary?.BillingMode ?? "PROVISIONED",
    deletionProtection: table.DeletionProtectionEnabled ?? false,
  };
}
