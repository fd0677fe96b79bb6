/** Containers: sound ones, in which every conversation must come out as ever, and such as are made to do harm. @module */

import type { Json } from "../support/builders.ts";
import { makeZip, type ZipFile } from "../support/zip.ts";
import type { Random } from "./random.ts";

const ENCODER = new TextEncoder();

/** The conversations in some container that has been seen; nothing of them is changed. */
export function wrap(
  random: Random,
  conversations: readonly Json[],
): Uint8Array {
  const text = random.pick([
    () => JSON.stringify(conversations),
    () => JSON.stringify(conversations, undefined, random.pick([1, 2, "\t"])),
    () => JSON.stringify({ more: [1, "]}"], conversations, rest: { a: [] } }),
    () => conversations.map((one) => JSON.stringify(one)).join("\n"),
    () => `${conversations.map((one) => JSON.stringify(one)).join("\r\n")}\n`,
  ])();
  const bytes = random.pick([
    () => ENCODER.encode(text),
    () => ENCODER.encode(`\ufeff${text}`),
    () => utf16(`\ufeff${text}`, true),
    () => utf16(`\ufeff${text}`, false),
    () => utf16(text, true),
  ])();
  return random.below(2) === 0 ? bytes : pack(
    random,
    random.below(2) === 0 ? shards(random, conversations) : [{
      path: "conversations.json",
      data: bytes,
    }],
  );
}

function shards(random: Random, conversations: readonly Json[]): ZipFile[] {
  const files = conversations.map((one, index) => ({
    path: `conversations-${String(index).padStart(3, "0")}.json`,
    data: JSON.stringify([one]),
  }));
  if (random.below(2) === 0) files.reverse();
  return files;
}

/** A ZIP, perhaps in a ZIP, with things beside the conversations that change nothing. */
function pack(random: Random, files: ZipFile[]): Uint8Array {
  const root = random.pick(["", "", "My export/", "a\\b\\"]);
  const beside: ZipFile[] = [
    ...(random.below(2) === 0
      ? [{ path: "__MACOSX/._conversations.json", data: "junk" }]
      : []),
    ...(random.below(3) === 0 ? [{ path: "user.json", data: "{broken" }] : []),
    ...(random.below(3) === 0
      ? [{
        path: "file-Old.dat",
        data: makeZip([{ path: "conversations.json", data: "[]" }]),
      }]
      : []),
    ...(random.below(2) === 0
      ? [{ path: "export_manifest.json", data: manifest(random, files) }]
      : []),
  ];
  const zip = makeZip(
    [...files, ...beside].map((file) => ({
      ...file,
      path: root + file.path,
      stored: random.below(2) === 0,
      descriptor: random.below(2) === 0,
    })),
    { zip64: random.below(3) === 0 },
  );
  if (random.below(3) > 0) return zip;
  return makeZip([
    {
      path: "User Online Activity/Conversations__0f-chatgpt-0001.zip",
      data: zip,
      stored: random.below(2) === 0,
    },
    { path: "report.html", data: "<html>" },
  ]);
}

function manifest(random: Random, files: readonly ZipFile[]): string {
  const paths = files.map(({ path }) => path);
  return random.pick([
    () => JSON.stringify({ export_files: paths.map((path) => ({ path })) }),
    () =>
      JSON.stringify({
        logical_files: {
          "conversations.json": { files: paths, sharded: true },
        },
      }),
    () =>
      JSON.stringify({
        files: [{
          name: "conversations",
          shards: paths.map((name) => ({ name })),
        }],
      }),
    () => "{broken",
    () => "null",
    () => JSON.stringify("x".repeat(random.below(100_000))),
  ])();
}

function utf16(text: string, little: boolean): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) {
    view.setUint16(at * 2, text.charCodeAt(at), little);
  }
  return bytes;
}

/** A ZIP with entries that no packer makes, beside the conversations. */
export function hostileZip(
  random: Random,
  conversations: readonly Json[],
): Uint8Array {
  const data = JSON.stringify(conversations);
  const files: ZipFile[] = [{ path: "conversations-000.json", data }];
  for (let more = 1 + random.below(4); more > 0; more--) {
    files.push(
      random.pick<() => ZipFile>([
        () => ({ path: "../conversations-001.json", data }),
        () => ({ path: "/etc/conversations-001.json", data }),
        () => ({ path: "C:\\conversations-001.json", data }),
        () => ({ path: "", data }),
        () => ({ path: `${"x".repeat(5_000)}/conversations-001.json`, data }),
        () => ({ path: "a\u0000b/conversations-001.json", data }),
        () => ({ path: "conversations-000.json", data: "[]" }),
        () => ({ path: "conversations-001.json/", data: "" }),
        () => ({ path: "conversations-001.json", data: "/etc", symlink: true }),
        () => ({ path: "conversations-001.json", data, claim: { offset: 0 } }),
        () => ({
          path: "conversations-001.json",
          data,
          claim: { size: 2 ** 40 },
          zip64: true,
        }),
        () => ({
          path: "conversations-001.json",
          data,
          claim: { size: random.below(50) },
        }),
        () => ({
          path: "conversations-001.json",
          data,
          claim: { packedSize: random.below(9_999) },
        }),
        () => ({ path: "conversations-001.json", data, claim: { crc: 1 } }),
        () => ({ path: "conversations-001.json", data, claim: { method: 12 } }),
        () => ({
          path: "conversations-001.json",
          data,
          claim: { encrypted: true },
        }),
        () => ({ path: "conversations-999999999.json", data }),
        () => ({
          path: "conversations-001.json",
          data: new Uint8Array(2 ** 21),
        }),
        () => ({
          path: "group_chats.json",
          data: random.pick(["[]", "{}", '{"chats":[1,{}]}']),
        }),
        () => ({ path: "library_files.json", data: '[1,{"file_id":null}]' }),
        () => ({
          path: "conversation_asset_file_names.json",
          data: '{"a":1,"b":{}}',
        }),
        () => ({ path: "chat.html", data: "var assetsJson = {\n" }),
      ])(),
    );
  }
  return makeZip(files, {
    zip64: random.below(3) === 0,
    ...(random.below(4) === 0 && {
      prefix: ENCODER.encode("MZ".repeat(random.below(500))),
    }),
  });
}

/** A JSON text in whose first conversation something has no measure. */
export function excess(
  random: Random,
  conversations: readonly Json[],
): Uint8Array {
  const [first, ...others] = conversations.map((one) => JSON.stringify(one));
  const text = first ?? "{}";
  const list = (changed: string) =>
    ENCODER.encode(`[${[changed, ...others].join()}]`);
  const many = () =>
    `{${Array.from({ length: 50_000 }, (_, at) => `"k${at}":${at}`).join()}}`;
  const deep = "[".repeat(30_000) + "]".repeat(30_000);
  const inner = random.pick([
    many,
    () => deep,
    () => `"${"\\ud800".repeat(20_000)}"`,
    () => `"${"\ue200cite\ue202".repeat(20_000)}"`,
    () => `"${"【".repeat(20_000)}"`,
    () => "9".repeat(400),
    () => `-1e${"9".repeat(30)}`,
  ])();
  const place = random.pick([
    '"metadata":',
    '"parts":',
    '"title":',
    '"mapping":',
    '"author":',
    '"content":',
    '"create_time":',
    '"id":',
    '"parent":',
  ]);
  const at = text.indexOf(place);
  if (at < 0) return list(text);
  // Of two fields of one name the last counts.
  const name = random.below(2) === 0 ? place : '"novelty":';
  return list(`${text.slice(0, at)}${name}${inner},${text.slice(at)}`);
}
