/** Exports on disk for a while, and what reading them yields. @module */

import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type {
  Conversation,
  ConversationRecord,
} from "../../src/domain/conversation.ts";
import type { Inventory } from "../../src/domain/inventory.ts";
import type { Message } from "../../src/domain/message.ts";
import { parseExport, type ParseOptions } from "../../src/parse/mod.ts";

/** Files by path. */
export type Files = Record<string, string | Uint8Array>;

/** Writes files to a folder of their own and runs a test on it. */
export async function within(
  files: Files,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "chatkeep-" });
  try {
    for (const [path, data] of Object.entries(files)) {
      const file = join(folder, path);
      await Deno.mkdir(join(file, ".."), { recursive: true });
      await Deno.writeFile(
        file,
        typeof data === "string" ? new TextEncoder().encode(data) : data,
      );
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A record in one line: a conversation's id, or the issue's code and place. */
export function line(record: ConversationRecord): string {
  if (record.kind === "conversation") return record.conversation.id;
  if (record.kind === "inventory") return "inventory";
  if (record.kind === "same") return `same: ${record.id}`;
  return `${record.kind}: ${record.issue.code} ${record.issue.where}`;
}

/** The records of an export in a line each, without the inventory that ends every complete reading. */
export async function lines(path: string): Promise<string[]> {
  const all = await Array.fromAsync(parseExport(path), line);
  assertEquals(all.pop(), "inventory");
  return all;
}

/** What an export holds. */
export interface Contents {
  readonly conversations: readonly Conversation[];
  /** Issues of all kinds, as `code where: message`. */
  readonly issues: readonly string[];
  readonly inventory: Inventory | undefined;
}

/** Reads exports whole. */
export async function contents(
  paths: string | readonly string[],
  options: ParseOptions = {},
): Promise<Contents> {
  const conversations: Conversation[] = [];
  const issues: string[] = [];
  let inventory: Inventory | undefined;
  for await (const record of parseExport(paths, options)) {
    if (record.kind === "inventory") inventory = record.inventory;
    const found = record.kind === "conversation"
      ? record.issues
      : record.kind === "inventory" || record.kind === "same"
      ? []
      : [record.issue];
    for (const { code, where, message } of found) {
      issues.push(`${code} ${where}: ${message}`);
    }
    if (record.kind === "conversation") conversations.push(record.conversation);
  }
  return { conversations, issues, inventory };
}

/** The messages of the conversations in the JSON of an export. */
export async function messagesOf(
  json: string | Uint8Array,
  options: ParseOptions = {},
): Promise<readonly Message[]> {
  let messages: readonly Message[] = [];
  await within({ "conversations.json": json }, async (folder) => {
    const { conversations, issues } = await contents(
      join(folder, "conversations.json"),
      options,
    );
    assertEquals(issues, []);
    messages = conversations.flatMap((one) => one.messages);
  });
  return messages;
}
