/**
 * Makes the invented exports in `tests/testdata`. Run it to write them anew:
 *
 *     deno run -A tests/support/sample_export.ts
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { type Json, rawConversation, type RawTurn } from "./builders.ts";
import { makeZip, type ZipFile } from "./zip.ts";

/** The folder of the exports. */
export const TESTDATA: string = fromFileUrl(
  new URL("../testdata", import.meta.url),
);

const CONTEXT: RawTurn = {
  id: "a-system",
  role: "system",
  text: "",
  fields: {
    create_time: null,
    weight: 0,
    metadata: { is_visually_hidden_from_conversation: true },
  },
};

/** 2023: the user edited a question, and the first answer to the new one was made again. */
const BREAD = rawConversation("10000000-0000-4000-8000-000000000001", [
  CONTEXT,
  { id: "a-ask-1", text: "How long does bread rise?" },
  { id: "a-say-1", role: "assistant", text: "About an hour." },
  {
    id: "a-ask-2",
    parent: "a-system",
    text: "How long does rye bread rise at 20 °C?",
  },
  { id: "a-say-2", role: "assistant", text: "Two hours, perhaps three." },
  {
    id: "a-say-3",
    parent: "a-ask-2",
    role: "assistant",
    text: "Two to three hours, until it has grown by half.",
    fields: { metadata: { model_slug: "gpt-4" } },
  },
], { fields: { title: "Rye bread", is_starred: true } });

/** 2024: a program, what it printed, and an image. */
const DICE = rawConversation("10000000-0000-4000-8000-000000000002", [
  {
    id: "b-ask-1",
    text: "Roll two dice a thousand times and count the sevens.",
  },
  {
    id: "b-code",
    role: "assistant",
    content: {
      content_type: "code",
      language: "python",
      text:
        "from random import randint\n\nsevens = 0\nfor _ in range(1000):\n    sevens += randint(1, 6) + randint(1, 6) == 7\nprint(sevens)",
    },
    fields: { recipient: "python", metadata: { model_slug: "gpt-4o" } },
  },
  {
    id: "b-output",
    role: "tool",
    name: "python",
    content: { content_type: "execution_output", text: "171\n" },
    fields: { metadata: { aggregate_result: { messages: [] } } },
  },
  {
    id: "b-say-1",
    role: "assistant",
    text: "A seven came **171** times.",
    fields: { metadata: { model_slug: "gpt-4o" } },
  },
  { id: "b-ask-2", text: "Draw the dice." },
  {
    id: "b-call",
    role: "assistant",
    content: {
      content_type: "text",
      parts: ['{"prompt":"Two red dice on a green table","size":"1024x1024"}'],
    },
    fields: { recipient: "dalle.text2im" },
  },
  {
    id: "b-image",
    role: "tool",
    name: "dalle.text2im",
    content: {
      content_type: "multimodal_text",
      parts: [{
        content_type: "image_asset_pointer",
        asset_pointer: "file-service://file-Dice000000000000000001",
        size_bytes: 2048,
        width: 1024,
        height: 1024,
        metadata: { dalle: { prompt: "Two red dice on a green table" } },
      }],
    },
  },
  {
    id: "b-done",
    role: "tool",
    name: "dalle.text2im",
    text: "DALL·E displayed 1 images.",
    fields: { weight: 0 },
  },
], {
  fields: {
    title: "Two dice",
    default_model_slug: "gpt-4o",
    is_archived: true,
  },
});

/** 2025: spoken, in a project, with thoughts. */
const VOICE = rawConversation("10000000-0000-4000-8000-000000000003", [
  {
    id: "c-ask-1",
    content: {
      content_type: "multimodal_text",
      parts: [
        {
          content_type: "audio_transcription",
          text: "Which planet has the longest day?",
          direction: "in",
        },
        {
          content_type: "real_time_user_audio_video_asset_pointer",
          audio_asset_pointer: {
            content_type: "audio_asset_pointer",
            asset_pointer: "sediment://file_0000000000000000000000000000a001",
            format: "wav",
          },
          frames_asset_pointers: [],
          video_container_asset_pointer: null,
        },
      ],
    },
    fields: { metadata: { voice_mode_message: true } },
  },
  {
    id: "c-thoughts",
    role: "assistant",
    content: {
      content_type: "thoughts",
      thoughts: [{
        summary: "Comparing days",
        content: "Venus turns once in 243 Earth days.",
      }],
    },
  },
  {
    id: "c-recap",
    role: "assistant",
    content: {
      content_type: "reasoning_recap",
      content: "Thought for 2 seconds",
    },
  },
  {
    id: "c-say-1",
    role: "assistant",
    content: {
      content_type: "multimodal_text",
      parts: [
        {
          content_type: "audio_transcription",
          text: "Venus: its day lasts 243 of ours.",
          direction: "out",
        },
        {
          content_type: "audio_asset_pointer",
          asset_pointer: "sediment://file_0000000000000000000000000000a002",
          format: "wav",
        },
      ],
    },
    fields: { metadata: { model_slug: "gpt-4o" } },
  },
], {
  fields: {
    title: "The longest day",
    gizmo_id: "g-p-00000000000000000000000000000001",
    gizmo_type: "snorlax",
    voice: "breeze",
  },
});

/** 2025: a canvas, a web search with citations, and an uploaded file. */
const CANVAS = rawConversation("10000000-0000-4000-8000-000000000004", [
  {
    id: "d-context",
    content: {
      content_type: "user_editable_context",
      user_profile: "I keep bees.",
      user_instructions: "Answer briefly.",
    },
    fields: {
      create_time: null,
      metadata: { is_visually_hidden_from_conversation: true },
    },
  },
  {
    id: "d-ask-1",
    text: "Sum up the notes and check when linden trees flower.",
    fields: {
      metadata: {
        attachments: [{
          id: "file-Notes00000000000000001",
          name: "notes.pdf",
          mime_type: "application/pdf",
          size: 4096,
        }],
      },
    },
  },
  {
    id: "d-search",
    role: "assistant",
    content: {
      content_type: "code",
      language: "unknown",
      text: 'search("linden flowering")',
    },
    fields: { recipient: "web" },
  },
  {
    id: "d-page",
    role: "tool",
    name: "web",
    content: {
      content_type: "sonic_webpage",
      url: "https://example.org/linden",
      domain: "example.org",
      title: "The linden",
      text: "Lindens flower in June and July.",
    },
  },
  {
    id: "d-canvas",
    role: "assistant",
    content: {
      content_type: "code",
      language: "json",
      text: JSON.stringify({
        name: "Bee notes",
        type: "document",
        content: "# Bee notes\n\n- Feed until April.\n  - Sugar syrup",
      }),
    },
    fields: { recipient: "canmore.create_textdoc" },
  },
  {
    id: "d-say-1",
    role: "assistant",
    text:
      "Lindens flower in \ue203June and July\ue204\ue200cite\ue202turn0search0\ue201. The notes are on the canvas.",
    fields: {
      metadata: {
        model_slug: "gpt-5",
        content_references: [{
          type: "grouped_webpages",
          matched_text: "\ue200cite\ue202turn0search0\ue201",
          start_idx: 32,
          end_idx: 53,
          alt: " ([The linden](https://example.org/linden))",
        }],
      },
    },
  },
], {
  fields: {
    title: "Bees and lindens",
    gizmo_id: "g-Beekeeper",
    default_model_slug: "gpt-5",
  },
});

/** 2026: slim nodes, no children, little else; the current node is missing. */
const SLIM = rawConversation("10000000-0000-4000-8000-000000000005", [
  { id: "e-ask-1", text: "Name three rivers of Peru." },
  {
    id: "e-thoughts",
    role: "assistant",
    content: { content_type: "thoughts", thoughts: [] },
  },
  {
    id: "e-say-1",
    role: "assistant",
    text: "Ucayali, Marañón and Madre de Dios \ue202turn0search0.",
    fields: { metadata: { model_slug: "gpt-5-6-pro" } },
  },
], {
  era: "slim",
  fields: { title: null, current_node: "e-lost", is_do_not_remember: false },
});

/** 2026: a content type that nobody knows yet, and times in other units. */
const ODD = rawConversation("10000000-0000-4000-8000-000000000006", [
  {
    id: "f-ask-1",
    text: "Show me a cube.",
    fields: { create_time: 1_780_000_000_123 },
  },
  {
    id: "f-hologram",
    role: "assistant",
    content: { content_type: "hologram", mesh: [1, 2, 3] },
  },
  { id: "f-say-1", role: "assistant", text: "There it is. 🧊" },
], {
  era: "slim",
  fields: { title: "Cube 🧊", create_time: "2026-05-28T20:26:40Z" },
});

/** Never used: only its root is there. */
const EMPTY = rawConversation("10000000-0000-4000-8000-000000000007", []);

/** The files of `sample-export.zip`. */
export function sampleFiles(): ZipFile[] {
  const shards = [[BREAD, DICE, VOICE, CANVAS], [SLIM, ODD, EMPTY]].map(
    (shard, number) => ({
      path: `conversations-00${number}.json`,
      data: JSON.stringify(shard),
    }),
  );
  const paths = shards.map(({ path }) => path);
  const json = (path: string, value: unknown): ZipFile => ({
    path,
    data: JSON.stringify(value),
  });
  return [
    ...shards,
    json("export_manifest.json", {
      version: 1,
      manifest_file: "export_manifest.json",
      export_files: shards.map(({ path, data }) => ({
        path,
        size_bytes: new TextEncoder().encode(data).length,
      })),
      logical_files: {
        "conversations.json": { files: paths, sharded: true },
      },
    }),
    json("user.json", {
      id: "user-invented",
      email: "ada@example.com",
      chatgpt_plus_user: false,
    }),
    json("message_feedback.json", []),
    json("shared_conversations.json", []),
  ];
}

/** A conversation's question about a garden, before and after its author edited it. */
const GARDEN: RawTurn[] = [
  { id: "g-ask-1", text: "When do I sow peas?" },
  { id: "g-say-1", role: "assistant", text: "In March." },
  { id: "g-ask-2", text: "And beans?" },
  { id: "g-say-2", role: "assistant", text: "In May." },
];

const GARDEN_EDITED: RawTurn[] = [
  ...GARDEN,
  { id: "g-ask-3", parent: "g-say-1", text: "And runner beans?" },
  { id: "g-say-3", role: "assistant", text: "From the middle of May." },
];

const KNOTS: RawTurn[] = [
  { id: "h-ask-1", text: "Which knot joins two ropes?" },
  { id: "h-say-1", role: "assistant", text: "The sheet bend." },
];

const KNOTS_LONGER: RawTurn[] = [
  ...KNOTS,
  { id: "h-ask-2", text: "Thanks!" },
];

const TEA: RawTurn[] = [
  { id: "i-ask-1", text: "How hot for green tea?" },
  { id: "i-say-1", role: "assistant", text: "70 to 80 °C." },
];

const CHESS: RawTurn[] = [
  { id: "j-ask-1", text: "What is a fork in chess?" },
  { id: "j-say-1", role: "assistant", text: "One piece attacks two." },
];

/** An export, and one of the same person a while later: one edited, one longer, one the same, one new. */
export function twoExports(): { original: Json[]; updated: Json[] } {
  const tea = rawConversation("20000000-0000-4000-8000-000000000003", TEA);
  const garden = "20000000-0000-4000-8000-000000000001";
  const knots = "20000000-0000-4000-8000-000000000002";
  return {
    original: [
      rawConversation(garden, GARDEN),
      rawConversation(knots, KNOTS),
      tea,
    ],
    updated: [
      rawConversation(garden, GARDEN_EDITED),
      rawConversation(knots, KNOTS_LONGER),
      tea,
      rawConversation("20000000-0000-4000-8000-000000000004", CHESS),
    ],
  };
}

if (import.meta.main) {
  await Deno.writeFile(`${TESTDATA}/sample-export.zip`, makeZip(sampleFiles()));
  for (const [name, list] of Object.entries(twoExports())) {
    await Deno.mkdir(`${TESTDATA}/${name}`, { recursive: true });
    await Deno.writeTextFile(
      `${TESTDATA}/${name}/conversations.json`,
      `${JSON.stringify(list, undefined, 2)}\n`,
    );
  }
}
