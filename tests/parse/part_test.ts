import { assertEquals } from "@std/assert";
import { Files } from "../../src/parse/files.ts";
import { type PartContext, readPart } from "../../src/parse/part.ts";
import { Reading } from "../../src/parse/reading.ts";

function context(metadata = {}): PartContext {
  const reading = new Reading();
  const extras = new Map();
  return {
    clean: (text) => text,
    metadata,
    files: new Files(metadata, reading, "m", extras),
    reading,
    extras,
    unknownTypes: new Set(),
    depth: 0,
  };
}

Deno.test("readPart() names an image after its attachment, else after its prompt", () => {
  const part = {
    content_type: "image_asset_pointer",
    asset_pointer: "file-service://file-Abc",
    metadata: { dalle: { prompt: "A red\n  cube" } },
  };
  const asset = {
    kind: "asset",
    asset: "image",
    pointer: "file-service://file-Abc",
  } as const;
  assertEquals(readPart(part, context()), [{ ...asset, name: "A red cube" }]);
  const attachments = [{ id: "file-Abc", name: "cube.png" }];
  assertEquals(readPart(part, context({ attachments })), [{
    ...asset,
    name: "cube.png",
  }]);
});

Deno.test("readPart() reads a spoken turn with its camera", () => {
  const part = {
    content_type: "real_time_user_audio_video_asset_pointer",
    audio_asset_pointer: { asset_pointer: "sediment://a" },
    frames_asset_pointers: [{}],
  };
  assertEquals(readPart(part, context()), [
    { kind: "asset", asset: "audio", pointer: "sediment://a" },
    { kind: "asset", asset: "video" },
  ]);
});

Deno.test("readPart() reads text wherever a part has it", () => {
  for (
    const part of [
      "t",
      { content_type: "text", text: "t" },
      { text: "t" },
      { type: "code/markdown", content: "t" },
      { parts: ["t"] },
      { content_type: "audio_transcription", text: "t", direction: "out" },
    ]
  ) assertEquals(readPart(part, context()), [{ kind: "text", text: "t" }]);
});

Deno.test("readPart() yields nothing for an empty part", () => {
  for (
    const part of ["", null, 7, { text: "" }, {
      content_type: "audio_transcription",
    }]
  ) {
    const mine = context();
    assertEquals(readPart(part, mine), []);
    assertEquals(mine.unknownTypes.size, 0);
  }
});

Deno.test("readPart() keeps a placeholder for an unknown part and counts it", () => {
  const mine = context();
  assertEquals(readPart({ content_type: "hologram" }, mine), [
    { kind: "unknown", contentType: "hologram" },
  ]);
  assertEquals(readPart({ content_type: "cube", asset_pointer: "x" }, mine), [
    { kind: "asset", asset: "file", pointer: "x" },
  ]);
  assertEquals([...mine.unknownTypes], ["hologram", "cube"]);
});

Deno.test("readPart() does not follow parts inside parts for ever", () => {
  let part: unknown = "deep";
  for (let depth = 0; depth < 10_000; depth++) part = { parts: [part] };
  assertEquals(readPart(part, context()), [{
    kind: "unknown",
    contentType: "part",
  }]);
});

Deno.test("readPart() reads search results as links", () => {
  const part = {
    type: "search_result_group",
    entries: [{ title: "A", url: "https://a.example" }, {}],
  };
  assertEquals(readPart(part, context()), [
    { kind: "quote", text: "", title: "A", url: "https://a.example" },
  ]);
});
