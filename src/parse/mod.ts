/** Reads a ChatGPT data export, conversation by conversation, in memory that does not grow with it. @module */

import type { ConversationRecord } from "../domain/conversation.ts";
import type { IssueCode } from "../domain/issue.ts";
import {
  type Export,
  type ExportFile,
  foreign,
  openExport,
  unreadable,
} from "./archive.ts";
import { ReadError } from "./bytes.ts";
import { failed, isConversation, readConversation } from "./conversation.ts";
import { foreignElement } from "./foreign.ts";
import { type JsonElement, JsonTextError, splitJson } from "./json_array.ts";
import { repairJson } from "./repair.ts";
import { baseName } from "./shards.ts";

/** How far reading has come. */
export interface ParseProgress {
  /** The file being read. */
  readonly file: string;
  /** Bytes of JSON read so far, of this file and those before it. */
  readonly bytesRead: number;
  /** Bytes of JSON in all files. */
  readonly bytesTotal: number;
}

/** Options of {@linkcode parseExport}. */
export interface ParseOptions {
  /** Ends the reading early and without an error: whoever gives it looks at it afterwards. */
  readonly signal?: AbortSignal;
  /** Called for each chunk read. */
  readonly onProgress?: (progress: ParseProgress) => void;
}

/** One run over an export. */
interface Run extends ParseOptions {
  readonly path: string;
  readonly source: Export;
  readonly bytesTotal: number;
  bytesRead: number;
  /** Whether a conversation has been found: from then on the export is ChatGPT's. */
  recognised: boolean;
}

/** Ids and text are decoded leniently: a broken byte in one message must not lose a conversation. */
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads an export and yields a record for each element of its conversation lists, in the order of the
 * files, then one for each file that is missing.
 *
 * What is wrong with single records ends in the records. Of a file that is cut off or damaged, all that
 * comes before the damage is yielded, then a record of kind `unreadable`.
 *
 * @param path A ZIP, a JSON file from one, or a folder that holds either.
 * @throws {UserError} When there is nothing at that path that could be read as an export of ChatGPT.
 */
export async function* parseExport(
  path: string,
  options: ParseOptions = {},
): AsyncGenerator<ConversationRecord> {
  using source = await openExport(path);
  const bytesTotal = source.files.reduce((sum, { size }) => sum + size, 0);
  const run: Run = {
    ...options,
    path,
    source,
    bytesTotal,
    bytesRead: 0,
    recognised: false,
  };
  let read = 0;
  for (const file of source.files) {
    for await (const record of readFile(file, run)) {
      if (options.signal?.aborted) return;
      read++;
      yield record;
    }
  }
  if (options.signal?.aborted) return;
  if (source.found === "any-json" && read === 0) {
    throw unreadable(
      path,
      "none of its JSON files holds conversations",
      "Give the ZIP that ChatGPT sent you, or the folder it was unpacked to.",
    );
  }
  for (const issue of source.issues) yield { kind: "unreadable", issue };
}

async function* readFile(
  file: ExportFile,
  run: Run,
): AsyncGenerator<ConversationRecord> {
  // A file that may hold anything is passed over unless a conversation turns up in it.
  let held: ConversationRecord[] | undefined = run.source.found === "any-json"
    ? []
    : undefined;
  for await (const record of readElements(file, run)) {
    if (held !== undefined && record.kind === "failed") {
      held.push(record);
      continue;
    }
    if (held !== undefined) yield* held;
    held = undefined;
    yield record;
  }
}

async function* readElements(
  file: ExportFile,
  run: Run,
): AsyncGenerator<ConversationRecord> {
  const fallbackId = idsFrom(file.name);
  const elements = splitJson(watch(file, run));
  for (;;) {
    let next: IteratorResult<JsonElement>;
    try {
      next = await elements.next();
    } catch (error) {
      if (!(error instanceof JsonTextError || error instanceof ReadError)) {
        throw error;
      }
      // What ended early because it was told to is not damaged.
      if (run.signal?.aborted) return;
      yield unreadableFile(file.name, error.message);
      return;
    }
    if (next.done || run.signal?.aborted) return;
    const record = readElement(next.value, file, run, fallbackId);
    if (record !== undefined) yield record;
  }
}

/** Reads one element; none comes of an object without fields, which is how an empty export may look. */
function readElement(
  element: JsonElement,
  file: ExportFile,
  run: Run,
  fallbackId: (index: number) => string,
): ConversationRecord | undefined {
  const where = `${file.name}[${element.index}]`;
  const parsed = parseElement(element.bytes);
  if (parsed === undefined) {
    return failed(where, `is no valid JSON, at byte ${element.offset}`);
  }
  const { value } = parsed;
  if (!run.recognised) {
    const maker = foreignElement(value);
    if (maker !== undefined) throw foreign(run.path, maker);
  }
  if (!isConversation(value) && element.whole) {
    if (Object.keys(value as object).length === 0) return undefined;
    if (run.source.found === "given") {
      const hint = "Give the ZIP of the export, or a conversations.json.";
      throw unreadable(run.path, "this JSON holds no conversations", hint);
    }
  }
  run.recognised ||= isConversation(value);
  return readConversation(value, {
    where,
    fallbackId: () => fallbackId(element.index),
  });
}

/** The value, or undefined where the text is beyond repair. */
function parseElement(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    const text = DECODER.decode(bytes);
    try {
      return { value: JSON.parse(text) };
    } catch {
      return { value: JSON.parse(repairJson(text)) };
    }
  } catch {
    return undefined;
  }
}

/** The file's bytes, counted on their way. */
async function* watch(
  file: ExportFile,
  run: Run,
): AsyncGenerator<Uint8Array> {
  const before = run.bytesRead;
  for await (const chunk of file.chunks()) {
    if (run.signal?.aborted) return;
    yield chunk;
    run.bytesRead += chunk.length;
    const { bytesRead, bytesTotal } = run;
    run.onProgress?.({ file: file.name, bytesRead, bytesTotal });
  }
  // A file that ends early counts as read all the same.
  run.bytesRead = before + file.size;
}

/** Names conversations that have no id after their file, as the Python pipeline did. */
function idsFrom(file: string): (index: number) => string {
  const base = baseName(file).replace(/\.json$/i, "");
  let first = true;
  return (index) => {
    const id = first ? base : `${base}-${index}`;
    first = false;
    return id;
  };
}

function unreadableFile(where: string, message: string): ConversationRecord {
  const code: IssueCode = "unreadable-file";
  return { kind: "unreadable", issue: { code, where, message } };
}
