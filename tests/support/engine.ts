/** A DynamoDB for tests: the one that `DYNAMODB_LOCAL_URL` names, else an embedded engine of their own. @module */

import { join } from "@std/path";
import { createClient } from "../../src/store/client.ts";
import { startEngine } from "../../src/store/engine.ts";
import {
  createTable,
  deleteTable,
  type TableAccess,
} from "../../src/store/schema.ts";

/** Which DynamoDB the tests run on, for their names. */
export const ENGINE_NAME = Deno.env.get("DYNAMODB_LOCAL_URL")
  ? "DynamoDB Local"
  : "embedded engine";

/** A running DynamoDB. */
export interface TestEngine extends AsyncDisposable {
  readonly endpoint: string;
  /** Creates a table with a name of its own; disposing of it drops it. */
  temporaryTable(): Promise<TableAccess & AsyncDisposable>;
}

/** Connects to DynamoDB Local or starts an engine whose data lives as long as it. */
export async function openTestEngine(): Promise<TestEngine> {
  await using cleanup = new AsyncDisposableStack();
  let endpoint = Deno.env.get("DYNAMODB_LOCAL_URL");
  if (!endpoint) {
    const folder = await Deno.makeTempDir({ prefix: "chatkeep-test-" });
    cleanup.defer(() => Deno.remove(folder, { recursive: true }));
    endpoint = cleanup.use(await startEngine({ file: join(folder, "test.db") }))
      .endpoint;
  }
  const client = createClient({ endpoint });
  cleanup.defer(() => client.destroy());
  const owned = cleanup.move();
  const place = endpoint;
  return {
    endpoint: place,
    temporaryTable: async () => {
      const access = {
        client,
        table: `test-${crypto.randomUUID()}`,
        endpoint: place,
      };
      await createTable(access);
      return { ...access, [Symbol.asyncDispose]: () => deleteTable(access) };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
