/** Reads one made-up export and checks what must hold whatever was done to it. @module */

import type { ConversationRecord } from "../../src/domain/conversation.ts";
import { conversationDigest, messageDigest } from "../../src/domain/digest.ts";
import { UserError } from "../../src/domain/errors.ts";
import { parseExport } from "../../src/parse/mod.ts";
import { parseInto } from "../../src/sync/parse.ts";
import { makeCase, makeConversations, SECRET } from "./cases.ts";
import { Random } from "./random.ts";

/** How a case ended. */
export type Ending = "read" | "incomplete" | "refused";

/**
 * Runs the case of a seed in that file.
 *
 * @throws {Error} When something does not hold that must.
 */
export async function checkCase(seed: number, file: string): Promise<Ending> {
  const random = new Random(seed);
  const conversations = makeConversations(random);
  const { name, bytes, healthy } = makeCase(random, conversations);
  await Deno.writeFile(file, bytes);
  const result = await read(file);
  const fail = (what: string): never => {
    throw new Error(`Case ${seed} (${name}): ${what}`);
  };
  if (result.told.includes(SECRET)) fail("an issue or error quotes a message");
  const again = await read(file);
  if (
    JSON.stringify([...again.digests]) !== JSON.stringify([...result.digests])
  ) {
    fail("reading it twice gives two results");
  }
  if (healthy !== undefined) {
    await Deno.writeTextFile(file, JSON.stringify(conversations));
    const sound = await read(file);
    for (const id of healthy) {
      if (result.digests.get(id) !== sound.digests.get(id)) {
        fail(`conversation ${id} suffered from its neighbour`);
      }
    }
  }
  return result.ending;
}

async function read(
  file: string,
): Promise<{ ending: Ending; told: string; digests: Map<string, string> }> {
  const digests = new Map<string, string>();
  const writer = {
    write: (
      { conversation }: Extract<ConversationRecord, { kind: "conversation" }>,
    ) => {
      const digest = conversationDigest(
        conversation,
        conversation.messages.map(messageDigest),
      );
      digests.set(conversation.id, digest);
      return Promise.resolve();
    },
    commit: () => Promise.resolve(),
  };
  try {
    // Throws when the ledger does not add up.
    const { issues } = await parseInto(writer, parseExport(file));
    return {
      ending: issues.length === 0 ? "read" : "incomplete",
      told: JSON.stringify(issues),
      digests,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      ending: "refused",
      told: `${error.message} ${error.hint}`,
      digests,
    };
  }
}
