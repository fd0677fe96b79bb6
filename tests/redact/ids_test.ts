import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
} from "@std/assert";
import { Ids } from "../../src/redact/ids.ts";

Deno.test("Ids.of() gives an id of the same form, always the same one", () => {
  const ids = new Ids();
  const uuid = "10000000-0000-4000-8000-00000000000a";
  assertMatch(ids.of(uuid), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assertNotEquals(ids.of(uuid), uuid);
  assertEquals(ids.of(uuid), ids.of(uuid));
  assertMatch(
    ids.of("file-AbcDefGhiJklMnoPqr123"),
    /^file-[A-Z][a-z]{2}.{15}\d{3}$/,
  );
  assertMatch(ids.of("file_0123456789abcdef"), /^file_[0-9a-f]{16}$/);
  assertMatch(ids.of("g-p-0123456789abcdef0"), /^g-p-[0-9a-f]{17}$/);
  assertEquals(ids.of("client-created-root"), "client-created-root");
});

Deno.test("Ids.of() gives no two ids one, however short they are", () => {
  const ids = new Ids();
  const made = Array.from({ length: 500 }, (_, index) => ids.of(`m${index}`));
  assertEquals(new Set(made).size, 500);
  assertEquals(ids.of("m7"), made[7]);
});

Deno.test("Ids.of() depends on what only the run knows", () => {
  const id = "10000000-0000-4000-8000-00000000000a";
  assertNotEquals(new Ids().of(id), new Ids().of(id));
  const salt = new Uint8Array([1]);
  assertEquals(new Ids(salt).of(id), new Ids(salt).of(id));
});

Deno.test("Ids.of() leaves no word where a person wrote one for an id", () => {
  const made = new Ids().of("my secret plans ünd");
  assert(!/secret|plans|ü/.test(made), made);
  assertEquals(made.length, "my secret plans ünd".length);
});
