import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { memorySource, ReadError } from "../../src/parse/bytes.ts";
import { isZip, readZip, type ZipEntry } from "../../src/parse/zip.ts";
import { makeZip, type ZipFile, type ZipOptions } from "../support/zip.ts";

/** Long enough for several chunks, and not the same throughout. */
const LONG = Array.from({ length: 60_000 }, (_, index) => `${index * index},`)
  .join("");

async function open(
  files: readonly ZipFile[],
  options?: ZipOptions,
): Promise<ZipEntry[]> {
  return await readZip(memorySource(makeZip(files, options)));
}

async function text(entry: ZipEntry | undefined): Promise<string> {
  assert(entry !== undefined);
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of entry.chunks()) {
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

const LAYOUTS: Record<string, Omit<ZipFile, "path" | "data">> = {
  "stored": { stored: true },
  "deflated": {},
  "with a data descriptor": { descriptor: true },
  "stored with a data descriptor": { stored: true, descriptor: true },
  "zip64": { zip64: true },
  "zip64 with a data descriptor": { zip64: true, descriptor: true },
};

for (const [name, layout] of Object.entries(LAYOUTS)) {
  Deno.test(`readZip() reads entries that are ${name}`, async () => {
    const zip64 = layout.zip64 === true;
    const entries = await open([
      { path: "a/empty.txt", data: "", ...layout },
      { path: "a/ä.txt", data: LONG, ...layout },
      { path: "b.txt", data: "short", ...layout },
    ], { zip64 });
    assertEquals(entries.map(({ path, size }) => [path, size]), [
      ["a/empty.txt", 0],
      ["a/ä.txt", LONG.length],
      ["b.txt", 5],
    ]);
    assertEquals(await text(entries[0]), "");
    assert(await text(entries[1]) === LONG);
    assertEquals(await text(entries[2]), "short");
  });
}

Deno.test("readZip() reads an archive behind other bytes", async () => {
  const prefix = new TextEncoder().encode("#!/bin/sh\n");
  const entries = await open([{ path: "a", data: "text" }], { prefix });
  assertEquals(await text(entries[0]), "text");
});

Deno.test("readZip() turns backslashes in paths round and leaves folders out", async () => {
  const entries = await open([
    { path: "folder/", data: "", stored: true },
    { path: "folder\\a.json", data: "[]" },
  ]);
  assertEquals(entries.map((entry) => entry.path), ["folder/a.json"]);
});

Deno.test("ZipEntry.stored() gives the bytes of an uncompressed entry only", async () => {
  const [plain, packed] = await open([
    { path: "plain", data: "as it is", stored: true },
    { path: "packed", data: "as it is" },
  ]);
  const bytes = plain?.stored()?.read(3, 5);
  assertEquals(new TextDecoder().decode(bytes), "it is");
  assertEquals(packed?.stored(), undefined);
});

const FAULTS: [string, NonNullable<ZipFile["claim"]>, string][] = [
  ["a wrong checksum", { crc: 1 }, "checksum (CRC-32) does not match"],
  ["more than it declares", { size: 10 }, "more than its declared 10 bytes"],
  ["less than it declares", { size: 1e6 }, "of 1000000 bytes"],
  ["an unknown method", { method: 93 }, "unknown method 93"],
  ["encryption", { encrypted: true }, "encrypted"],
  ["a false offset", { offset: 7 }, "header is damaged"],
];

for (const [name, claim, message] of FAULTS) {
  Deno.test(`ZipEntry.chunks() refuses ${name}`, async () => {
    const [entry] = await open([{ path: "a", data: LONG, claim }]);
    await assertRejects(() => text(entry), ReadError, message);
  });
}

Deno.test("ZipEntry.chunks() notices every flipped bit", async () => {
  const zip = makeZip([{ path: "a", data: LONG.slice(0, 4000) }]);
  for (let at = 31; at < 1500; at += 97) {
    const bytes = zip.slice();
    bytes[at]! ^= 1 << (at % 8);
    const [entry] = await readZip(memorySource(bytes));
    await assertRejects(() => text(entry), ReadError);
  }
});

Deno.test("ZipEntry.chunks() lets go of an entry that is not read to its end", async () => {
  const [entry] = await open([{ path: "a", data: LONG.repeat(4) }]);
  for await (const chunk of entry!.chunks()) {
    assert(chunk.length > 0);
    break;
  }
});

Deno.test("readZip() refuses an archive cut off anywhere", async () => {
  const zip = makeZip([{ path: "a", data: LONG }, { path: "b", data: LONG }]);
  for (
    const kept of [4, 30, zip.length >> 1, zip.length - 30, zip.length - 1]
  ) {
    const error = await assertRejects(
      () => readZip(memorySource(zip.slice(0, kept))),
      ReadError,
    );
    assertStringIncludes(error.message, "central directory is");
  }
});

Deno.test("isZip() looks at the content", () => {
  assert(isZip(memorySource(makeZip([{ path: "a", data: "b" }]))));
  assert(!isZip(memorySource(new TextEncoder().encode("[{}]"))));
  assert(!isZip(memorySource(new Uint8Array())));
});
