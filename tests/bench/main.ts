/**
 * Measures reading and storing on exports made up on the spot: `deno task bench [--only reading|storing]
 * [--megabytes N] [--large]`.
 *
 * `--megabytes` sets the size of the export that is read for speed (100 unless given), `--large` also measures
 * the memory of reading at 1 GB and 2.5 GB and of storing at 400 MB.
 *
 * Every figure stands beside its rivals of the same run; only the ratios mean something.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { Buffer } from "node:buffer";
import { join } from "@std/path";
import { conversationDigest, messageDigest } from "../../src/domain/digest.ts";
import type {
  Conversation,
  UnreadConversation,
} from "../../src/domain/conversation.ts";
import { recognize } from "../../src/ingest/recognize.ts";
import { chunksOf, openFile } from "../../src/parse/bytes.ts";
import { splitJson } from "../../src/parse/json_array.ts";
import { parseExport } from "../../src/parse/mod.ts";
import { openCopy } from "../../src/redact/copy.ts";
import { DynamoStore } from "../../src/store/dynamo.ts";
import { Journal } from "../../src/store/journal.ts";
import { encodeMessage } from "../../src/store/items.ts";
import { sync } from "../../src/sync/mod.ts";
import { openTestEngine } from "../support/engine.ts";
import { writeExport } from "./exports.ts";
import { compare, print } from "./measure.ts";

const MB = 2 ** 20;
/** Messages of a conversation and characters of a message; JSON adds about a half. */
const SHAPE = { messages: 90, characters: 1_400 } as const;
const CONVERSATION_BYTES = 185_000;
const SMALL_SHAPE = { messages: 25, characters: 1_400 } as const;
const SMALL_BYTES = 52_000;

const flags: Record<string, unknown> = parseArgs(Deno.args, {
  string: ["megabytes", "only"],
  boolean: ["large"],
});
const DECODER = new TextDecoder();
const folder = await Deno.makeTempDir({ prefix: "chatkeep-bench-" });
const only = flags["only"];
try {
  if (only !== "storing") {
    await benchReading(Number(flags["megabytes"] ?? 100));
    await benchSmall();
    await benchMemory();
  }
  if (only !== "reading") {
    await benchStoring();
    await benchStoringMemory();
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Conversations from a large export, against what V8 needs for the same conversations alone. */
async function benchReading(megabytes: number): Promise<void> {
  const { json, size } = await makeExport("large", megabytes);
  const zip = join(folder, "large.zip");
  await pack(json, zip);
  const held: Uint8Array[] = [];
  await split(json, (bytes) => held.push(bytes.slice()));
  await compare(`Reading ${size.toFixed(0)} MB`, "MB/s", 5, [
    {
      name: "V8's ceiling: decode and JSON.parse",
      run: () => {
        for (const bytes of held) JSON.parse(DECODER.decode(bytes));
        return Promise.resolve({ work: size });
      },
    },
    {
      name: "JSON, split and parsed",
      run: async () => {
        await split(json, (bytes) => JSON.parse(DECODER.decode(bytes)));
        return { work: size };
      },
    },
    {
      name: "JSON to conversations, text extracted",
      run: async () => (await drain(json), { work: size }),
    },
    {
      name: "JSON to conversations and digests",
      run: async () => (await drain(json, digest), { work: size }),
    },
  ]);
  await compare(`The same in a ZIP, its checksum tested`, "MB/s", 5, [
    {
      name: "JSON to conversations",
      run: async () => (await drain(json), { work: size }),
    },
    {
      name: "ZIP to conversations",
      run: async () => (await drain(zip), { work: size }),
    },
  ]);
}

async function split(
  json: string,
  use: (bytes: Uint8Array) => void,
): Promise<void> {
  using file = openFile(json);
  for await (const { bytes } of splitJson(file.passing())) {
    if (bytes !== undefined) use(bytes);
  }
}

async function pack(json: string, zip: string): Promise<void> {
  using source = openFile(json);
  await using copy = await openCopy(zip);
  await copy.add("conversations.json", ReadableStream.from(chunksOf(source)));
  await copy.finish();
}

/** A small export must not pay for the large ones. */
async function benchSmall(): Promise<void> {
  const json = join(folder, "small.json");
  const conversations = Math.ceil(10 * MB / SMALL_BYTES);
  const bytes = await writeExport(json, { ...SMALL_SHAPE, conversations });
  const size = bytes / MB;
  await compare(`Reading ${size.toFixed(0)} MB`, "MB/s", 9, [
    {
      name: "readTextFile and JSON.parse",
      run:
        async () => (JSON.parse(await Deno.readTextFile(json)), { work: size }),
    },
    {
      name: "JSON, split and parsed",
      run: async () => {
        await split(json, (bytes) => JSON.parse(DECODER.decode(bytes)));
        return { work: size };
      },
    },
    {
      name: "JSON to conversations",
      run: async () => (await drain(json), { work: size }),
    },
  ]);
}

/** Peak memory of the program on exports of several sizes. */
async function benchMemory(): Promise<void> {
  print("\nPeak memory of reading, in a process of its own");
  const sizes = flags["large"] ? [10, 100, 1_024, 2_560] : [10, 100, 400];
  for (const megabytes of sizes) {
    const { json, size } = await makeExport("memory", megabytes);
    print(`  ${size.toFixed(0).padStart(5)} MB  ${await peakOf(json)}`);
  }
}

/** The same of storing in a table, the first time and again. */
async function benchStoringMemory(): Promise<void> {
  print("\nPeak memory of storing, in a process of its own: first, and again");
  await using engine = await openTestEngine();
  for (const megabytes of flags["large"] ? [10, 100, 400] : [10, 100]) {
    const { json, size } = await makeExport("memory", megabytes);
    await using access = await engine.temporaryTable();
    const args = [json, engine.endpoint, access.table];
    const [first, again] = [await peakOf(...args), await peakOf(...args)];
    print(`  ${size.toFixed(0).padStart(5)} MB  ${first}; ${again}`);
  }
}

async function peakOf(...args: string[]): Promise<string> {
  const script = new URL("memory.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", script, ...args],
    stderr: "inherit",
  }).output();
  return DECODER.decode(stdout).trim();
}

/** Storing in the embedded engine, against the engine's own ceiling, and doing it again for nothing. */
async function benchStoring(): Promise<void> {
  const conversations = 400;
  const json = join(folder, "store.json");
  await writeExport(json, { ...SMALL_SHAPE, conversations });
  const read: Conversation[] = [];
  for await (const record of parseExport(json)) {
    if (record.kind === "conversation") read.push(record.conversation);
  }
  const messages = read.reduce((sum, { messages }) => sum + messages.length, 0);
  await using engine = await openTestEngine();
  await compare(
    `Storing ${messages} messages of ${read.length} conversations for the first time`,
    "messages/s",
    3,
    [
      {
        name: "ready-made batches over bare connections",
        run: async () => {
          await using access = await engine.temporaryTable();
          const bodies = batchBodies(access.table, read);
          const start = performance.now();
          await sendAll(engine.endpoint, bodies);
          return {
            work: messages,
            seconds: (performance.now() - start) / 1000,
          };
        },
      },
      ...(["never", "always"] as const).map((transactions) => ({
        name: transactions === "never"
          ? "sync, in batches as to AWS"
          : "sync, in transactions as the program does here",
        run: async () => {
          await using access = await engine.temporaryTable();
          using journal = await Journal.open(join(folder, "journal.db"));
          const run = crypto.randomUUID();
          const { table } = access;
          journal.begin({
            id: run,
            started: Date.now(),
            command: "sync",
            place: "here",
            table,
          });
          const start = performance.now();
          await sync(
            parseExport(json),
            new DynamoStore({ ...access, run, journal, transactions }),
          );
          return {
            work: messages,
            seconds: (performance.now() - start) / 1000,
          };
        },
      })),
    ],
  );
  await using access = await engine.temporaryTable();
  const store = new DynamoStore(access);
  const ask = (unread: readonly UnreadConversation[]) =>
    recognize(unread, store);
  const recognizing = { recognize: () => ask };
  await sync(parseExport(json, recognizing), store);
  await compare(`The same again, with nothing changed`, "messages/s", 5, [
    {
      name: "read and digest alone",
      run: async () => (await drain(json, digest), { work: messages }),
    },
    {
      name: "sync, each conversation read and compared",
      run:
        async () => (await sync(parseExport(json), store), { work: messages }),
    },
    {
      name: "sync, by the digests of bytes as the program does",
      run: async () => {
        await sync(parseExport(json, recognizing), store);
        return { work: messages };
      },
    },
  ]);
}

async function makeExport(
  name: string,
  megabytes: number,
): Promise<{ json: string; size: number }> {
  const json = join(folder, `${name}.json`);
  const conversations = Math.ceil(megabytes * MB / CONVERSATION_BYTES);
  return {
    json,
    size: await writeExport(json, { ...SHAPE, conversations }) / MB,
  };
}

async function drain(
  path: string,
  use: (conversation: Conversation) => void = () => {},
): Promise<void> {
  for await (const record of parseExport(path)) {
    if (record.kind === "conversation") use(record.conversation);
  }
}

function digest(conversation: Conversation): void {
  conversationDigest(conversation, conversation.messages.map(messageDigest));
}

/** BatchWriteItem requests of 25 items, as JSON. */
function batchBodies(
  table: string,
  conversations: readonly Conversation[],
): string[] {
  const requests = conversations.flatMap(({ id, messages }) =>
    messages.map((message) => ({
      PutRequest: {
        Item: encodeMessage(id, { message, digest: messageDigest(message) }),
      },
    }))
  );
  const bodies: string[] = [];
  for (let start = 0; start < requests.length; start += 25) {
    bodies.push(
      JSON.stringify({
        RequestItems: { [table]: requests.slice(start, start + 25) },
      }),
    );
  }
  return bodies;
}

/** Sends ready-made requests over eight connections that stay open, unsigned; of the answers it only sees the status. */
async function sendAll(
  endpoint: string,
  bodies: readonly string[],
): Promise<void> {
  const { hostname, port, host } = new URL(endpoint);
  const encoder = new TextEncoder();
  const waiting = bodies.map((body) => {
    const bytes = encoder.encode(body);
    const head = [
      "POST / HTTP/1.1",
      `host: ${host}`,
      "content-type: application/x-amz-json-1.0",
      "x-amz-target: DynamoDB_20120810.BatchWriteItem",
      `content-length: ${bytes.length}`,
      // Neither engine checks a signature; both want to see one.
      "x-amz-date: 20260101T000000Z",
      "authorization: AWS4-HMAC-SHA256 Credential=chatkeep/20260101/us-east-1/dynamodb/aws4_request, " +
      "SignedHeaders=host, Signature=0",
    ];
    return Buffer.concat([
      encoder.encode(`${head.join("\r\n")}\r\n\r\n`),
      bytes,
    ]);
  }).values();
  await Promise.all(Array.from({ length: 8 }, async () => {
    using connection = await Deno.connect({ hostname, port: Number(port) });
    for (const request of waiting) {
      for (let rest: Uint8Array = request; rest.length > 0;) {
        rest = rest.subarray(await connection.write(rest));
      }
      await readAnswer(connection);
    }
  }));
}

/** Reads one answer to its end. */
async function readAnswer(connection: Deno.Conn): Promise<void> {
  const chunk = new Uint8Array(16_384);
  let text = "";
  for (;;) {
    const count = await connection.read(chunk);
    if (count === null) throw new Error("The engine closed the connection");
    text += DECODER.decode(chunk.subarray(0, count));
    const end = text.indexOf("\r\n\r\n");
    const length = /content-length: (\d+)/i.exec(text)?.[1];
    if (end < 0 || text.length < end + 4 + Number(length ?? 0)) continue;
    if (/^HTTP\/1\.1 200/.test(text)) return;
    throw new Error(`The engine refused a batch: ${text.slice(0, end)}`);
  }
}
