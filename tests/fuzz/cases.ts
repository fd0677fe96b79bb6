/** Exports made up by chance, and the damage done to them. @module */

import {
  type Json,
  rawConversation,
  type RawTurn,
} from "../support/builders.ts";
import { makeZip } from "../support/zip.ts";
import { excess, hostileZip, wrap } from "./containers.ts";
import type { Random } from "./random.ts";

/** In every text: it may appear in no issue and no error. */
export const SECRET = "xyzzy-plugh";

/** One case. */
export interface Case {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Ids of the conversations that were not touched and must come out as ever; undefined where any may suffer. */
  readonly healthy: readonly string[] | undefined;
}

/** The conversations of a case, before anything is done to them. */
export function makeConversations(random: Random): Json[] {
  return Array.from({ length: 2 + random.below(4) }, (_, index) => {
    const turns = Array.from(
      { length: 1 + random.below(6) },
      (_, turn) => makeTurn(random, `c${index}-m${turn}`, turn),
    );
    const branch = turns[random.below(turns.length)];
    if (branch !== undefined && random.below(3) === 0) {
      turns.push({
        ...makeTurn(random, `c${index}-branch`, 0),
        parent: branch.parent ?? branch.id,
      });
    }
    return rawConversation(`c${index}`, turns, {
      era: random.pick(["full", "slim"]),
    });
  });
}

function makeTurn(random: Random, id: string, turn: number): RawTurn {
  const text = `${SECRET} ${
    random.pick([
      "plain",
      "数据 👩‍🌾",
      '"quoted" \\ back',
      "a\nb\tc",
      "\u2028 \ue200cite\ue202turn0search1\ue201",
    ])
  }`;
  const contents: unknown[] = [
    { content_type: "text", parts: [text] },
    {
      content_type: "multimodal_text",
      parts: [{
        content_type: "image_asset_pointer",
        asset_pointer: "sediment://file_1",
      }, text],
    },
    {
      content_type: "multimodal_text",
      parts: [{ content_type: "audio_transcription", text, direction: "in" }],
    },
    { content_type: "code", language: "python", text },
    { content_type: "execution_output", text },
    {
      content_type: "thoughts",
      thoughts: [{ summary: text, content: text, chunks: [], finished: true }],
    },
    {
      content_type: "tether_quote",
      url: "https://example.org",
      domain: "example.org",
      text,
      title: text,
    },
    { content_type: `hologram-${random.below(3)}`, text },
  ];
  return {
    id,
    role: turn % 2 === 0
      ? "user"
      : random.pick(["assistant", "tool", "system"]),
    content: random.pick(contents),
  };
}

/** A case made by chance from the conversations. */
export function makeCase(random: Random, conversations: readonly Json[]): Case {
  const kind = random.pick(
    [
      "inside",
      "inside",
      "inside",
      "text",
      "bytes",
      "zip-inside",
      "zip-bytes",
      "container",
      "container",
      "hostile-zip",
      "excess",
    ] as const,
  );
  const ids = conversations.map(({ id }) => String(id));
  switch (kind) {
    case "container":
      return { name: kind, healthy: ids, bytes: wrap(random, conversations) };
    case "hostile-zip": {
      const bytes = hostileZip(random, conversations);
      return { name: kind, healthy: undefined, bytes };
    }
    case "excess": {
      const bytes = excess(random, conversations);
      // It is put into the first.
      return { name: kind, healthy: ids.slice(1), bytes };
    }
  }
  if (kind === "inside" || kind === "zip-inside") {
    const hurt = random.below(conversations.length);
    const damaged = conversations.map((one, index) =>
      index === hurt ? damage(random, structuredClone(one)) : one
    );
    const text = JSON.stringify(damaged);
    const bytes = new TextEncoder().encode(
      random.below(8) === 0 ? `\ufeff${text}` : text,
    );
    const healthy = ids.filter((_, index) => index !== hurt);
    return {
      name: kind,
      healthy,
      bytes: kind === "inside" ? bytes : zip(random, bytes),
    };
  }
  const whole = new TextEncoder().encode(JSON.stringify(conversations));
  if (kind === "text") {
    return { name: kind, healthy: undefined, bytes: breakText(random, whole) };
  }
  return {
    name: kind,
    healthy: undefined,
    bytes: breakBytes(random, kind === "bytes" ? whole : zip(random, whole)),
  };
}

/** Values that do not belong where they are put. */
const STRANGERS: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  1e21,
  "",
  "\ud800",
  "\u0000",
  "__proto__",
  "root",
  [],
  [null],
  [[[[]]]],
  {},
  { id: null },
  { content_type: 7 },
  { parts: "text" },
  "9".repeat(400),
  "2024-13-45T99:99",
  [{ text: null }, 3, "x"],
];

/** Changes some values of a tree, wherever they are. */
function damage(random: Random, conversation: Json): unknown {
  if (random.below(30) === 0) return random.pick(STRANGERS);
  for (let times = 1 + random.below(4); times > 0; times--) {
    const places: [Record<string, unknown>, string][] = [];
    const visit = (value: unknown) => {
      if (value === null || typeof value !== "object") return;
      for (const key of Object.keys(value)) {
        places.push([value as Record<string, unknown>, key]);
        visit((value as Record<string, unknown>)[key]);
      }
    };
    visit(conversation);
    if (places.length === 0) break;
    const [holder, key] = random.pick(places);
    // A conversation that takes another's id is another copy of it, not damage to itself.
    if (key === "id" || key === "conversation_id") continue;
    const ids = Object.keys((conversation.mapping ?? {}) as Json);
    switch (random.below(5)) {
      case 0:
        delete holder[key];
        break;
      case 1:
        holder[key] = ids.length === 0 ? null : random.pick(ids);
        break;
      case 2:
        holder[`${key}${random.below(3)}`] = structuredClone(holder[key]);
        break;
      case 3:
        holder[key] = Array.from({ length: random.below(2000) }, () => 0);
        break;
      default:
        holder[key] = structuredClone(random.pick(STRANGERS));
    }
  }
  return conversation;
}

/** Does to a JSON text what other programs have done to theirs. */
function breakText(random: Random, bytes: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(bytes);
  const encode = (changed: string) => new TextEncoder().encode(changed);
  switch (random.below(9)) {
    case 7:
      return new Uint8Array([
        ...bytes.subarray(0, random.below(bytes.length)),
        ...random.pick([
          [0xed, 0xa0, 0xbd],
          [0xc0, 0x80],
          [0xff],
          [0xf0, 0x9f],
          [0],
        ]),
        ...bytes.subarray(random.below(bytes.length)),
      ]);
    case 8: {
      const at = text.indexOf(
        random.pick(["{", "}", "[", "]", ",", ":", '"']),
        random.below(text.length),
      );
      return encode(text.slice(0, Math.max(0, at + random.below(2))));
    }
    case 0:
      return encode(
        text.replace(
          /1700000000/,
          random.pick(["NaN", "Infinity", "-Infinity", "01", "+1", "1e999"]),
        ),
      );
    case 1:
      return encode(text.replace(SECRET, `${SECRET}\u0001\u001f`));
    case 2:
      return encode(
        `${text}${random.pick([" ", "\n\n", "]", "{}", "garbage"])}`,
      );
    case 3:
      return encode(`${"[".repeat(random.below(50_000))}${text}`);
    case 4:
      return encode(text.replace(SECRET, `${SECRET}\\ud83d`));
    case 5:
      return encode(`{"conversations":${text},"more":{"a":[1,"]"]}}`);
    default:
      return encode(
        text.replace(
          '"parts"',
          `"deep":${"[".repeat(20_000)}${"]".repeat(20_000)},"parts"`,
        ),
      );
  }
}

/** Flips, cuts and repeats bytes. */
function breakBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const broken = bytes.slice(
    0,
    random.below(3) === 0 ? random.below(bytes.length + 1) : bytes.length,
  );
  for (let times = random.below(6); times > 0 && broken.length > 0; times--) {
    broken[random.below(broken.length)] = random.below(256);
  }
  if (random.below(4) > 0) return broken;
  const at = random.below(broken.length + 1);
  return new Uint8Array([
    ...broken.subarray(0, at),
    ...broken.subarray(random.below(at + 1)),
  ]);
}

function zip(random: Random, data: Uint8Array): Uint8Array {
  const path = random.pick([
    "conversations.json",
    "conversations-000.json",
    "a folder/conversations.json",
  ]);
  return makeZip([{
    path,
    data,
    stored: random.below(2) === 0,
    descriptor: random.below(2) === 0,
  }], {
    zip64: random.below(3) === 0,
  });
}
