import { assertEquals } from "@std/assert";
import {
  assetId,
  assetTable,
  findAsset,
  sniffType,
} from "../../src/parse/assets.ts";

const HEX = "0000000000000000000000000000abcd";

Deno.test("assetId() finds the id in every pointer and name that has been seen", () => {
  const cases: [string, string | undefined][] = [
    ["file-service://file-Abc123", "file-Abc123"],
    [`sediment://file_${HEX}`, `file_${HEX}`],
    [`sediment://file_${HEX}#p_1.jpg`, `file_${HEX}`],
    [`sediment://0f0f#file_${HEX}`, `file_${HEX}`],
    ["file-Abc123", "file-Abc123"],
    ["file-Abc123-my roses.png", "file-Abc123"],
    [`file_${HEX}-sanitized.png`, `file_${HEX}`],
    ["file-Abc123.dat", "file-Abc123"],
    ["sediment://a", undefined],
    ["profile-Abc", undefined],
  ];
  for (const [text, id] of cases) assertEquals(assetId(text), id, text);
});

const table = assetTable({
  files: [
    { path: "file-Root-my roses.png", size: 10 },
    {
      path:
        "dalle-generations/file-Dalle-0f0f0f0f-0000-4000-8000-000000000000.webp",
      size: 20,
    },
    { path: "file-Dat.dat", size: 30, type: "image/jpeg" },
    { path: "file-Unnamed.dat", size: 40, type: "application/pdf" },
    { path: `user-1/file_${HEX}-cube.png`, size: 50 },
    { path: "user-1/abc/mnt/data/out/plot.png", size: 60 },
    { path: "0f0f/audio/voice.wav", size: 70 },
  ],
  names: {
    "file-Dat.dat": "Screenshot.jpg",
    "file-Gone.dat": "dalle-generations/0f0f0f0f-0000-4000-8000-000000000000",
    "file-Away.dat": "away.txt",
  },
  library: [
    {
      file_id: "file-Unnamed",
      file_name: "paper.pdf",
      mime_type: "application/pdf",
      file_size_bytes: 41,
    },
    {
      file_id: "file-Library",
      file_name: "sums.csv",
      mime_type: "text/csv",
      file_size_bytes: 9,
      origination_message_id: "m1",
    },
    "no object",
  ],
  pointers: {
    "sediment://voice": "0f0f/audio/voice.wav",
    "file-service://file-Lost": { file_path: "file-Lost-lost.gif" },
  },
});

Deno.test("findAsset() resolves a pointer by every rule, one after the other", () => {
  const found = (pointer?: string, from = {}) =>
    findAsset(table, pointer, from);
  assertEquals(found("file-service://file-Root"), {
    name: "my roses.png",
    size: 10,
    exported: true,
  });
  // Its name is only an id that the exporter made up.
  assertEquals(found("file-service://file-Dalle"), {
    size: 20,
    exported: true,
  });
  assertEquals(found("file-Dat"), {
    name: "Screenshot.jpg",
    type: "image/jpeg",
    size: 30,
    exported: true,
  });
  assertEquals(found("sediment://file-Unnamed"), {
    name: "paper.pdf",
    type: "application/pdf",
    size: 40,
    exported: true,
  });
  assertEquals(found(`sediment://file_${HEX}#p_2.jpg`)?.name, "cube.png");
  assertEquals(found("/mnt/data/out/plot.png"), {
    name: "plot.png",
    size: 60,
    exported: true,
  });
  assertEquals(found("sediment://voice"), {
    name: "voice.wav",
    exported: true,
  });
  assertEquals(found("file-Lost"), { name: "lost.gif", exported: false });
  assertEquals(found("file-Away"), { name: "away.txt", exported: false });
  assertEquals(found("file-Gone"), { exported: false });
  const own = { messageId: "m1", name: "sums.csv" };
  assertEquals(found("file-Other", own), {
    id: "file-Library",
    name: "sums.csv",
    type: "text/csv",
    size: 9,
    exported: false,
  });
  assertEquals(
    found("file-Other", { messageId: "m2", name: "sums.csv" }),
    undefined,
  );
  assertEquals(found(undefined), undefined);
});

Deno.test("sniffType() tells the types of files that are called .dat", () => {
  const cases: [number[], string | undefined][] = [
    [[0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10], "image/png"],
    [[0xff, 0xd8, 0xff, 0xe0], "image/jpeg"],
    [[...new TextEncoder().encode("RIFF1234WEBP")], "image/webp"],
    [[...new TextEncoder().encode("RIFF1234WAVE")], "audio/wav"],
    [[...new TextEncoder().encode("%PDF-1.7")], "application/pdf"],
    [[0, 0, 0, 24, ...new TextEncoder().encode("ftypmp42")], "video/mp4"],
    [[1, 2, 3], undefined],
    [[], undefined],
  ];
  for (const [bytes, type] of cases) {
    assertEquals(sniffType(new Uint8Array(bytes)), type);
  }
});
