/** Opens the table that the settings name. @module */

import { createClient, regionOf } from "../store/client.ts";
import { DynamoStore } from "../store/dynamo.ts";
import { startEngine } from "../store/engine.ts";
import {
  createTable,
  describeTable,
  requireTable,
  type TableAccess,
} from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import type { Settings } from "./config.ts";
import type { Session } from "./run.ts";

/** An open target; disposing of it closes its connections and stops the embedded engine. */
export interface OpenTarget extends AsyncDisposable {
  readonly access: TableAccess;
  /** The store of a table that is there; the embedded engine's is created first where it is not. */
  store(): Promise<Store>;
  /** The store of a table that is there; undefined where it is not. */
  existing(): Promise<Store | undefined>;
}

/** Opens the target and says which it is. */
export async function openTarget(
  { target, table }: Settings,
  { console, signal }: Session,
): Promise<OpenTarget> {
  await using cleanup = new AsyncDisposableStack();
  let client: ReturnType<typeof createClient>;
  let endpoint: string | undefined;
  if (target.kind === "embedded") {
    const { file, engine } = target;
    const onWait = () =>
      console.note(`Waiting for another run to let go of ${file}`);
    const running = cleanup.use(
      await startEngine({ file, binary: engine, onWait, signal }),
    );
    endpoint = running.endpoint;
    client = createClient({ endpoint });
    console.note(`Table ${table} in ${file} (embedded engine)`);
  } else {
    const { kind: _, ...options } = target;
    endpoint = target.endpoint;
    client = createClient(options);
    console.note(`Table ${table} ${await place(client, target)}`);
  }
  cleanup.defer(() => client.destroy());
  const access = { client, table, endpoint, signal };
  // The engine waits for the disk once a transaction, else once an item.
  const transactions = target.kind === "embedded" ? "always" : "never";
  const open = () => new DynamoStore({ ...access, transactions });
  const owned = cleanup.move();
  return {
    access,
    store: async () => {
      await (target.kind === "embedded"
        ? createTable(access)
        : requireTable(access));
      return open();
    },
    existing: async () => await describeTable(access) && open(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Where the table is, in words. */
async function place(
  client: ReturnType<typeof createClient>,
  target: { readonly endpoint?: string; readonly profile?: string },
): Promise<string> {
  if (target.endpoint !== undefined) return `at ${target.endpoint}`;
  const profile = target.profile === undefined
    ? ""
    : ` with profile ${target.profile}`;
  return `on AWS, region ${await regionOf(client)}${profile}`;
}
