/** A copy of an export that shows its shape and nothing of what is in it, to be sent with a report. @module */

import { ReadError } from "../parse/bytes.ts";
import { type Export, openExport } from "../parse/archive.ts";
import { readValue } from "../parse/element.ts";
import { toUtf8 } from "../parse/encoding.ts";
import { JsonTextError, splitJson } from "../parse/json_array.ts";
import { baseName, isShardPath } from "../parse/shards.ts";
import { DETAIL_FILES, isKnownFile, type PlacedFile } from "../parse/survey.ts";
import { Ids } from "./ids.ts";
import { redactPath } from "./path.ts";
import { redact, type Redaction } from "./shape.ts";
import { filler } from "./text.ts";

/** What became of an export. */
export interface RedactReport {
  /** Files written: those of JSON with their shape, all others empty. */
  readonly files: { json: number; empty: number };
  /** Elements of the lists of conversations. */
  readonly conversations: number;
  /** What could not be read, and so is missing or a mere filler in the copy. */
  readonly unreadable: string[];
}

/** Where the copy goes. */
export interface CopyWriter {
  /** Adds a file. */
  add(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

/** Files of this size are read at once, others element by element. */
const MOST_AT_ONCE = 256 * 2 ** 20;
/** Times are moved by up to half a year, so that nobody can tell when somebody was awake. */
const MOST_SHIFT = 15_000_000;
const ENCODER = new TextEncoder();

/**
 * Writes the copy.
 *
 * @param path As for `parseExport`.
 * @throws {UserError} When there is nothing at that path that could be read as an export.
 */
export async function redactExport(
  path: string,
  writer: CopyWriter,
  signal?: AbortSignal,
): Promise<RedactReport> {
  using source = await openExport(path);
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  const redaction = { ids: new Ids(), shift: -1 - random % MOST_SHIFT };
  const report = {
    files: { json: 0, empty: 0 },
    conversations: 0,
    unreadable: source.issues.map(({ where, message }) =>
      `${where}: ${message}`
    ),
  };
  const several = new Set(source.parts.map(({ label }) => label)).size > 1;
  const taken = new Set<string>();
  for (const [index, { survey }] of source.parts.entries()) {
    for (const file of survey.files) {
      if (signal?.aborted) return report;
      const plain = nameIn(source, file, redaction.ids);
      const target = free(
        several ? `part-${index + 1}/${plain}` : plain,
        taken,
      );
      const isJson = /\.(?:json|jsonl|ndjson)$/i.test(file.path) ||
        source.found === "given";
      if (!isJson || file.refused !== undefined) {
        await writer.add(target, nothing());
        report.files.empty++;
        continue;
      }
      const run = { file, redaction, report, signal };
      await writer.add(
        target,
        isShardPath(file.path) || source.found !== "named"
          ? elements(run)
          : whole(run),
      );
      report.files.json++;
    }
  }
  return report;
}

interface Run {
  readonly file: PlacedFile;
  readonly redaction: Redaction;
  readonly report: { conversations: number; readonly unreadable: string[] };
  readonly signal: AbortSignal | undefined;
}

function nameIn(source: Export, file: PlacedFile, ids: Ids): string {
  return source.found === "given"
    ? "conversations.json"
    : redactPath(file.path, ids);
}

/** A name that no file of the copy has yet: different names can have the same filler. */
function free(path: string, taken: Set<string>): string {
  let name = path;
  for (let copy = 2; taken.has(name); copy++) {
    name = path.replace(/(\.[a-z0-9]{1,5})?$/i, `~${copy}$1`);
  }
  taken.add(name);
  return name;
}

/** The conversations of a file, one after the other: a list, or lines where the file has lines. */
async function* elements(run: Run): AsyncGenerator<Uint8Array> {
  const { file, redaction, report, signal } = run;
  let before: "" | "[" | "\n" = "";
  try {
    for await (const element of splitJson(toUtf8(file.chunks()))) {
      if (signal?.aborted) return;
      const lines = element.whole;
      report.conversations++;
      const read = element.bytes && readValue(element.bytes);
      if (read === undefined) {
        report.unreadable.push(
          `${baseName(file.path)}[${element.index}]: is no valid JSON`,
        );
      }
      const value = read === undefined
        ? "x".repeat(Math.min(element.size, 10_000))
        : redact(read.value, "conversation", redaction);
      const separator = before === ""
        ? (lines ? "" : "[")
        : lines
        ? "\n"
        : ",\n";
      before = lines ? "\n" : "[";
      yield ENCODER.encode(separator + JSON.stringify(value));
    }
  } catch (error) {
    report.unreadable.push(fault(file, error));
  }
  if (before !== "\n") yield ENCODER.encode(before === "" ? "[]" : "]");
}

/** Any other JSON. */
async function* whole(run: Run): AsyncGenerator<Uint8Array> {
  const { file, redaction, report } = run;
  try {
    if (file.size > MOST_AT_ONCE) {
      throw new ReadError("is too large to be read");
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of toUtf8(file.chunks())) chunks.push(chunk.slice());
    const bytes = new Uint8Array(
      await new Blob(chunks as BlobPart[]).arrayBuffer(),
    );
    const read = readValue(bytes);
    if (read === undefined) throw new ReadError("is no valid JSON");
    const name = baseName(file.path);
    const kind = name === DETAIL_FILES.assetNames ||
        name === "export_manifest.json"
      ? "files"
      : isKnownFile(name)
      ? "record"
      : "free";
    yield ENCODER.encode(JSON.stringify(redact(read.value, kind, redaction)));
  } catch (error) {
    report.unreadable.push(fault(file, error));
  }
}

/** What is wrong with a file, without its name, which may be private. */
function fault({ path }: PlacedFile, error: unknown): string {
  if (!(error instanceof ReadError || error instanceof JsonTextError)) {
    throw error;
  }
  const name = baseName(path);
  return `${isShardPath(name) ? name : filler(name)}: ${error.message}`;
}

async function* nothing(): AsyncGenerator<Uint8Array> {
}
