import { assertEquals } from "@std/assert";
import { decodeStart, toUtf8 } from "../../src/parse/encoding.ts";

const TEXT = '[{"text":"für 数据 👩‍🌾"}]';

function utf16(text: string, little: boolean, mark: boolean): Uint8Array {
  const units = (mark ? "\ufeff" : "") + text;
  const bytes = new Uint8Array(units.length * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < units.length; at++) {
    view.setUint16(at * 2, units.charCodeAt(at), little);
  }
  return bytes;
}

async function through(bytes: Uint8Array, size: number): Promise<string> {
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += size) {
      yield await Promise.resolve(bytes.subarray(at, at + size));
    }
  };
  const out = await Array.fromAsync(toUtf8(chunks()), (chunk) => [...chunk]);
  return new TextDecoder().decode(new Uint8Array(out.flat()));
}

for (const little of [true, false]) {
  for (const mark of [true, false]) {
    Deno.test(`toUtf8() reads UTF-16, ${little ? "little" : "big"} endian, ${mark ? "with" : "without"} a mark`, async () => {
      const bytes = utf16(TEXT, little, mark);
      for (const size of [3, 7, 1000]) {
        assertEquals(await through(bytes, size), TEXT);
      }
      assertEquals(decodeStart(bytes), TEXT);
    });
  }
}

Deno.test("toUtf8() leaves UTF-8 as it is", async () => {
  const bytes = new TextEncoder().encode(`\ufeff${TEXT}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of toUtf8(ReadableStream.from([bytes]))) {
    chunks.push(chunk);
  }
  assertEquals(chunks, [bytes]);
  assertEquals(await Array.fromAsync(toUtf8(ReadableStream.from([]))), []);
});
