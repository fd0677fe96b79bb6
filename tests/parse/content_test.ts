import { assertEquals } from "@std/assert";
import { renderParts } from "../../src/domain/message.ts";
import { readContent } from "../../src/parse/content.ts";

function read(content: unknown, metadata: unknown = {}): [string, string] {
  const { contentType, parts } = readContent({ content, metadata });
  return [contentType, renderParts(parts)];
}

const image = {
  content_type: "image_asset_pointer",
  asset_pointer: "sediment://file_1",
};

const KNOWN: [content: Record<string, unknown>, text: string][] = [
  [
    { content_type: "text", parts: ["  indented\n", "", "second"] },
    "  indented\n\nsecond",
  ],
  [
    { content_type: "multimodal_text", parts: [image, "What is it?", null] },
    "[Image]\nWhat is it?",
  ],
  [
    { content_type: "code", language: "python", text: "if a:\n    b()" },
    "```python\nif a:\n    b()\n```",
  ],
  [
    { content_type: "code", language: "unknown", text: 'search("x")' },
    '```\nsearch("x")\n```',
  ],
  [{ content_type: "execution_output", text: "  1" }, "```\n  1\n```"],
  [{
    content_type: "tether_browsing_display",
    result: "page",
    summary: "s",
    assets: null,
  }, "> page"],
  [
    { content_type: "tether_browsing_display", result: "", summary: "sum" },
    "> sum",
  ],
  [{
    content_type: "tether_quote",
    url: "https://a.example",
    title: "A",
    text: "q",
  }, "> q\n> A — https://a.example"],
  [{
    content_type: "sonic_webpage",
    url: "https://a.example",
    title: "A",
    snippet: "s",
  }, "> s\n> A — https://a.example"],
  [
    { content_type: "system_error", name: "Timeout", text: "too slow" },
    "Timeout: too slow",
  ],
  [{
    content_type: "user_editable_context",
    user_profile: "P",
    user_instructions: "I",
  }, "P\nI"],
  [{
    content_type: "model_editable_context",
    model_set_context: "M",
    repository: null,
  }, "M"],
  [{
    content_type: "thoughts",
    thoughts: [{ summary: "S", content: "C" }, { chunks: ["x", "y"] }, null],
  }, "S\nC\nxy"],
  [
    { content_type: "reasoning_recap", content: "Thought for 7 seconds" },
    "Thought for 7 seconds",
  ],
  [{
    content_type: "computer_output",
    state: { title: "T", url: "https://a.example" },
    screenshot: { asset_pointer: "x" },
  }, "T — https://a.example\n[Image]"],
  [{
    content_type: "citable_code_output",
    output_str: "42",
    metadata: { display_title: "Sheet" },
  }, "> Sheet\n```\n42\n```"],
  [{
    content_type: "app_pairing_content",
    context_parts: [{ text: "code" }],
    workspaces: [],
  }, "> code"],
  [{
    content_type: "super_widget",
    widgets: {
      navlinks: [{ title: "N", url: "https://a.example" }],
      images: null,
    },
  }, "> N — https://a.example"],
  [{ content_type: "audio_transcription", text: "Spoken" }, "Spoken"],
  [image, "[Image]"],
  [{ content_type: "audio_asset_pointer", asset_pointer: "x" }, "[Audio]"],
];

for (const [content, text] of KNOWN) {
  Deno.test(`readContent() reads ${content.content_type} as ${JSON.stringify(text)}`, () => {
    assertEquals(read(content), [content.content_type, text]);
    assertEquals(readContent({ content }).unknownTypes.size, 0);
  });
}

const UNKNOWN: [content: Record<string, unknown>, text: string][] = [
  [{ parts: ["a", "b"] }, "a\nb"],
  [{ text: "t", name: "n" }, "n: t"],
  [{ content: "c" }, "c"],
  [{ result: "r" }, "r"],
  [{ output_str: "o" }, "o"],
  [{ thoughts: [{ summary: "s" }] }, "s"],
  [{ mesh: [1] }, "[hologram]"],
  [{ parts: [] }, "[hologram]"],
];

for (const [fields, text] of UNKNOWN) {
  Deno.test(`readContent() finds ${JSON.stringify(text)} in an unknown type and counts it`, () => {
    const content = { content_type: "hologram", ...fields };
    assertEquals(read(content), ["hologram", text]);
    assertEquals([...readContent({ content }).unknownTypes], ["hologram"]);
  });
}

Deno.test("readContent() survives every odd shape", () => {
  const odd = [
    undefined,
    null,
    0,
    "",
    "text",
    [],
    {},
    [null],
    { parts: null },
    true,
  ];
  const types = KNOWN.map(([content]) => content.content_type);
  for (const value of odd) {
    readContent({ content: value, metadata: value, author: value });
    for (const type of types) {
      const fields = [
        "parts",
        "text",
        "thoughts",
        "state",
        "widgets",
        "metadata",
        "context_parts",
        "screenshot",
        "content",
        "audio_asset_pointer",
      ];
      readContent({
        content: {
          content_type: type,
          ...Object.fromEntries(fields.map((field) => [field, value])),
        },
      });
      readContent({
        content: {
          content_type: type,
          parts: [value, { content_type: type, text: value }],
        },
      });
    }
  }
});

Deno.test("readContent() takes a bare string or a missing type for text", () => {
  assertEquals(read("plain"), ["text", "plain"]);
  assertEquals(read({ parts: ["a"] }), ["text", "a"]);
  assertEquals(read(null), ["text", ""]);
});

Deno.test("readContent() makes text well-formed", () => {
  assertEquals(
    read({ content_type: "text", parts: ["a\ud83d"] })[1],
    "a\ufffd",
  );
  assertEquals(
    read({ content_type: "code", text: "\ude00" })[1],
    "```\n\ufffd\n```",
  );
});

Deno.test("readContent() cleans citations out of prose, not out of code", () => {
  const text = "a\ue200cite\ue202turn0search0\ue201";
  assertEquals(read({ content_type: "text", parts: [text] })[1], "a");
  assertEquals(
    read({ content_type: "code", text })[1],
    `\`\`\`\n${text}\n\`\`\``,
  );
});

Deno.test("readContent() shows the images that a program drew", () => {
  const metadata = {
    aggregate_result: {
      messages: [
        { message_type: "image", image_url: "file-service://file-1" },
        {},
      ],
    },
  };
  assertEquals(
    read({ content_type: "execution_output", text: "" }, metadata)[1],
    "[Image]",
  );
});

Deno.test("readContent() names the files that a person attached", () => {
  const metadata = {
    attachments: [
      { id: "file-Abc", name: "plan.pdf" },
      { id: "file_1", name: "photo.jpg" },
    ],
  };
  const { parts } = readContent({
    author: { role: "user" },
    content: { content_type: "multimodal_text", parts: [image, "Look"] },
    metadata,
  });
  assertEquals(
    renderParts(parts),
    "[File: plan.pdf]\n[Image: photo.jpg]\nLook",
  );
});
