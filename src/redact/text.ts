/** Fillers: texts of the same length and the same kinds of characters that say nothing. @module */

/** What stands for a character of each kind; the first that fits counts. */
const FILLERS: readonly (readonly [kind: RegExp, filler: string])[] = [
  [/^[a-z]$/, "x"],
  [/^[A-Z]$/, "X"],
  [/^[0-9]$/, "0"],
  // Layout, punctuation of every script, and ChatGPT's own marks stay.
  [/^[\s\p{P}\ue200-\ue20f]$/u, ""],
  [/^\p{M}$/u, "\u0301"],
  [/^(?=\p{Script=Latin})\p{Lu}$/u, "É"],
  [/^\p{Script=Latin}$/u, "é"],
  [/^(?=\p{Script=Greek})\p{Lu}$/u, "Λ"],
  [/^\p{Script=Greek}$/u, "λ"],
  [/^(?=\p{Script=Cyrillic})\p{Lu}$/u, "Ж"],
  [/^\p{Script=Cyrillic}$/u, "ж"],
  [/^\p{Script=Hebrew}$/u, "ש"],
  [/^\p{Script=Arabic}$/u, "ع"],
  [/^\p{Script=Devanagari}$/u, "क"],
  [/^\p{Script=Thai}$/u, "ก"],
  [/^\p{Script=Hiragana}$/u, "あ"],
  [/^\p{Script=Katakana}$/u, "ア"],
  [/^\p{Script=Hangul}$/u, "한"],
  [/^\p{Script=Han}$/u, "字"],
  [/^\p{L}$/u, "ª"],
  [/^\p{N}$/u, "²"],
  [/^\p{Co}$/u, "\ue000"],
];
/** For a character of two UTF-16 units: an ideograph, or anything else. */
const WIDE = { han: "𠀀", other: "🙂" } as const;

const known = new Map<string, string>();

/** A text of the same length in UTF-16 units, in which only white space and punctuation are as they were. */
export function filler(text: string): string {
  // A surrogate alone does not match, and so stays one.
  return text.replace(/[a-z]+|[A-Z]+|[0-9]+|\P{ASCII}/gu, (run) => {
    const code = run.charCodeAt(0);
    if (code < 0x80) return one(run.charAt(0)).repeat(run.length);
    return one(run);
  });
}

function one(character: string): string {
  let stand = known.get(character);
  if (stand === undefined) {
    stand = standIn(character);
    if (known.size < 10_000) known.set(character, stand);
  }
  return stand;
}

function standIn(character: string): string {
  if (!character.isWellFormed()) return character;
  if (character.length > 1) {
    return /^\p{Script=Han}$/u.test(character) ? WIDE.han : WIDE.other;
  }
  const match = FILLERS.find(([kind]) => kind.test(character));
  if (match === undefined) return "¤";
  return match[1] || character;
}
