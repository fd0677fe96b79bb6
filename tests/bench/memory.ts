/**
 * Reads an export, or syncs it to a table, and prints the process's peak memory:
 * `deno run -A tests/bench/memory.ts EXPORT [ENDPOINT TABLE]`.
 *
 * @module
 */

import process from "node:process";
import { recognize } from "../../src/ingest/recognize.ts";
import { parseExport } from "../../src/parse/mod.ts";
import { createClient } from "../../src/store/client.ts";
import { DynamoStore } from "../../src/store/dynamo.ts";
import { sync } from "../../src/sync/mod.ts";
import { print } from "./measure.ts";

const [path = "", endpoint, table = ""] = Deno.args;
const conversations = endpoint === undefined
  ? await read()
  : await store(endpoint);
print(`${await peak()} MB, ${conversations} conversations`);

async function read(): Promise<number> {
  let conversations = 0;
  for await (const record of parseExport(path)) {
    if (record.kind === "conversation") conversations++;
  }
  return conversations;
}

async function store(endpoint: string): Promise<number> {
  const client = createClient({ endpoint });
  const store = new DynamoStore({ client, table, transactions: "always" });
  const records = parseExport(path, {
    recognize: () => (unread) => recognize(unread, store),
  });
  const { ledger, error } = await sync(records, store);
  client.destroy();
  if (error !== undefined) throw error;
  return ledger.conversations.new + ledger.conversations.unchanged;
}

/** Megabytes. What the system calls maxRSS counts the process that started this one, too. */
async function peak(): Promise<number> {
  if (Deno.build.os === "linux") {
    const status = await Deno.readTextFile("/proc/self/status");
    const own = /^VmHWM:\s*(\d+) kB/m.exec(status)?.[1];
    if (own !== undefined) return Math.round(Number(own) / 1024);
  }
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
