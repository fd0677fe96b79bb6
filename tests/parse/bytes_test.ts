import { assertEquals, assertThrows } from "@std/assert";
import {
  type ByteSource,
  chunksOf,
  memorySource,
  openFile,
  rangeOf,
  ReadError,
} from "../../src/parse/bytes.ts";

const BYTES = Uint8Array.from({ length: 100 }, (_, index) => index);

/** What every source of those bytes must do. */
function checkSource(source: ByteSource): void {
  assertEquals(source.size, 100);
  assertEquals([...source.read(98, 2)], [98, 99]);
  assertEquals(source.read(100, 0).length, 0);
  assertThrows(() => source.read(99, 2), ReadError);
}

Deno.test("openFile() reads a file from any position and closes it", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, BYTES);
  {
    using source = openFile(path);
    checkSource(source);
  }
  await Deno.remove(path);
});

Deno.test("memorySource() reads from memory", () =>
  checkSource(memorySource(BYTES)));

Deno.test("rangeOf() reads a part of another source and nothing round it", () => {
  const around = new Uint8Array(300);
  around.set(BYTES, 100);
  checkSource(rangeOf(memorySource(around), 100, 100));
  assertThrows(() => rangeOf(memorySource(BYTES), 50, 51), ReadError);
});

Deno.test("chunksOf() yields every byte once", () => {
  const chunks = [...chunksOf(memorySource(BYTES), 33)];
  assertEquals(chunks.map((chunk) => chunk.length), [33, 33, 33, 1]);
  assertEquals(chunks.flatMap((chunk) => [...chunk]), [...BYTES]);
});
