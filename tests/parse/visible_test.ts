/**
 * The visible thread against the one that the page in every full export shows: its script walks from the
 * current node to the root and shows text and multimodal messages of everybody but the system.
 */

import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Conversation } from "../../src/domain/conversation.ts";
import { Random } from "../fuzz/random.ts";
import {
  type Json,
  rawConversation,
  type RawTurn,
} from "../support/builders.ts";
import { contents, within } from "../support/exports.ts";
import { sampleFiles } from "../support/sample_export.ts";

interface Shown {
  readonly author: string;
  /** The message's key, as far as the two need to agree. */
  readonly key: string;
}

/** What the page shows: messages with a text, a transcript or an asset among their parts. */
function pageThread(raw: Json): Shown[] {
  const mapping = raw.mapping as Record<string, Json>;
  const shown: Shown[] = [];
  let key = raw.current_node as string | null | undefined;
  while (key !== null && key !== undefined) {
    const node = mapping[key];
    if (node === undefined) break;
    const message = node.message as Json | null;
    const content = (message?.content ?? {}) as Json;
    const parts = Array.isArray(content.parts) ? content.parts : [];
    const author = message?.author as Json | undefined;
    if (author !== undefined && author.role !== "system") {
      const type = content.content_type;
      const any = (type === "text" || type === "multimodal_text") &&
        parts.some((part) =>
          typeof part === "string" ? part !== "" : part !== null &&
            (part.asset_pointer !== undefined || part.text !== "")
        );
      const name = author.role === "user" ? "user" : "ChatGPT";
      if (any) shown.push({ author: name, key });
    }
    key = node.parent as string | null | undefined;
  }
  return shown.reverse();
}

/** What of it ChatGPT itself hides: the page does not look at these fields. */
function isMachinery(raw: Json, key: string): boolean {
  const mapping = raw.mapping as Record<string, Json>;
  const message = mapping[key]?.message as Json;
  const { role } = message.author as Json;
  const { is_visually_hidden_from_conversation: hidden } =
    (message.metadata ?? {}) as Json;
  const image = JSON.stringify(message.content).includes("image_asset_pointer");
  if (hidden === true) return true;
  // What a tool has drawn is shown, whomever it was handed to.
  if (role === "tool") return !image;
  return (message.recipient ?? "all") !== "all" ||
    ["commentary", "analysis"].includes(String(message.channel));
}

function ours({ messages }: Conversation): Shown[] {
  return messages.filter(({ visible }) => visible).map(({ id, author }) => ({
    author: author.role === "user" ? "user" : "ChatGPT",
    key: id,
  }));
}

async function compare(raws: readonly Json[]): Promise<void> {
  await within({ "x.json": JSON.stringify(raws) }, async (folder) => {
    const { conversations } = await contents(join(folder, "x.json"));
    assertEquals(conversations.length, raws.length);
    for (const [index, raw] of raws.entries()) {
      const expected = pageThread(raw).filter(({ key }) =>
        !isMachinery(raw, key)
      );
      assertEquals(
        ours(conversations[index]!),
        expected,
        `conversation ${index}`,
      );
    }
  });
}

Deno.test("the visible thread of the sample export is the page's", async () => {
  const shards = sampleFiles().filter(({ path }) =>
    path.startsWith("conversations-")
  );
  const raws: Json[] = shards.flatMap(({ data }) => JSON.parse(String(data)));
  // The one whose current node is lost has no thread on the page.
  await compare(raws.filter(({ current_node }) => current_node !== "e-lost"));
});

Deno.test("the visible thread of any conversation is the page's", async () => {
  const random = new Random(20261124);
  await compare(Array.from({ length: 300 }, (_, index) => {
    const turns = Array.from(
      { length: 1 + random.below(12) },
      (_, turn) => turnOf(random, `c${index}-${turn}`),
    );
    for (const [place, turn] of turns.entries()) {
      const earlier = turns.slice(0, place);
      if (place > 0 && random.below(6) === 0) {
        turn.parent = random.pick(earlier).id;
      }
    }
    const current_node = random.pick(turns).id;
    return rawConversation(`c${index}`, turns, {
      era: random.pick(["full", "slim"]),
      fields: { current_node },
    });
  }));
});

function turnOf(random: Random, id: string): RawTurn {
  const image = {
    content_type: "image_asset_pointer",
    asset_pointer: "sediment://file_1",
  };
  const role = random.pick([
    "user",
    "assistant",
    "assistant",
    "tool",
    "system",
  ]);
  return {
    id,
    role,
    content: random.pick<Json>([
      { content_type: "text", parts: ["words"] },
      { content_type: "text", parts: [""] },
      { content_type: "multimodal_text", parts: [image, "words"] },
      { content_type: "multimodal_text", parts: [image] },
      {
        content_type: "multimodal_text",
        parts: [{ content_type: "audio_transcription", text: "spoken" }],
      },
      { content_type: "code", language: "python", text: "1" },
      { content_type: "thoughts", thoughts: [{ summary: "s", content: "c" }] },
    ]),
    fields: random.pick<Json>([
      {},
      {},
      { recipient: "python" },
      { channel: "commentary" },
      { channel: "final" },
      { weight: 0 },
      { metadata: { is_visually_hidden_from_conversation: true } },
    ]),
  };
}
