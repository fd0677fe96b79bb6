/** Reads a ChatGPT data export, conversation by conversation, in memory that does not grow with it. @module */

import type { ConversationRecord } from "../domain/conversation.ts";
import type { FileNote, Inventory } from "../domain/inventory.ts";
import type { IssueCode } from "../domain/issue.ts";
import {
  type Export,
  type ExportFile,
  foreign,
  oldestFirst,
  openExport,
  unreadable,
} from "./archive.ts";
import { readBeside } from "./beside.ts";
import { ReadError } from "./bytes.ts";
import { countUsed } from "./details.ts";
import { readElement } from "./element.ts";
import { toUtf8 } from "./encoding.ts";
import { JsonTextError, splitJson } from "./json_array.ts";
import { readGroupChat } from "./group_chat.ts";
import { Reading } from "./reading.ts";
import {
  type LookedUp,
  lookUp,
  type Recognize,
  sourceOf,
} from "./recognize.ts";
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
  /** Whether messages off the thread are read too. */
  readonly branches?: boolean;
  /** Ends the reading early and without an error: whoever gives it looks at it afterwards. */
  readonly signal?: AbortSignal;
  /**
   * Looks up conversations before they are parsed; those that are stored as their bytes say are not. What it
   * gives is undefined as long as there is nothing to look them up in.
   */
  readonly recognize?: (() => Recognize | undefined) | undefined;
  /** Called for each chunk read. */
  readonly onProgress?: (progress: ParseProgress) => void;
}

/** One run over an export. */
interface Run extends ParseOptions {
  readonly source: Export;
  readonly reading: Reading;
  readonly bytesTotal: number;
  bytesRead: number;
  /** Whether a conversation has been found: from then on the export is ChatGPT's. */
  recognised: boolean;
  /** Ids of the conversations found in it. */
  readonly ids: Set<string>;
  /** The same for all exports of the reading. */
  readonly allIds: Set<string>;
}

/**
 * Reads exports and yields a record for each element of their conversation lists, in the order of the files,
 * then one for each file of that export that is missing, then its inventory.
 *
 * What is wrong with single records ends in the records. Of a file that is cut off or damaged, all that
 * comes before the damage is yielded, then a record of kind `unreadable`.
 *
 * @param paths A ZIP, a JSON file from one, a folder that holds either, or `-` for standard input. Of several
 *     the oldest is read first, by the date in its name or else that of the file.
 * @throws {UserError} When there is nothing at a path that could be read as an export of ChatGPT: then no
 *     record has been yielded, unless it shows only inside of a file.
 */
export async function* parseExport(
  paths: string | readonly string[],
  options: ParseOptions = {},
): AsyncGenerator<ConversationRecord> {
  using stack = new DisposableStack();
  const sources: Export[] = [];
  for (const path of await oldestFirst([paths].flat())) {
    sources.push(stack.use(await openExport(path)));
  }
  let before = 0;
  const allIds = new Set<string>();
  const sizes = sources.map(({ files }) =>
    files.reduce((sum, { size }) => sum + size, 0)
  );
  const bytesTotal = sizes.reduce((sum, size) => sum + size, 0);
  for (const [index, source] of sources.entries()) {
    yield* readExport(source, {
      ...options,
      bytesTotal,
      bytesRead: before,
      allIds,
    });
    if (options.signal?.aborted) return;
    before += sizes[index] ?? 0;
  }
}

async function* readExport(
  source: Export,
  progress: ParseOptions & Pick<Run, "bytesRead" | "bytesTotal" | "allIds">,
): AsyncGenerator<ConversationRecord> {
  const { signal } = progress;
  const { details, assets, groupChats, issues } = await readBeside(
    source.parts,
  );
  const branches = progress.branches === true;
  const run: Run = {
    ...progress,
    source,
    reading: new Reading({ details, assets, branches }),
    recognised: false,
    ids: new Set(),
  };
  let read = 0;
  const useful = new Set<string>();
  for (const file of source.files) {
    for await (const record of readFile(file, run)) {
      if (signal?.aborted) return;
      read++;
      useful.add(file.name);
      noteId(record, run);
      yield record;
    }
  }
  for (const { file, chats } of groupChats) {
    for (const [index, chat] of chats.entries()) {
      const where = `${file}[${index}]`;
      const fallbackId = () => `${baseName(file)}-${index}`;
      const record = readGroupChat(chat, { where, fallbackId }, run.reading);
      if (signal?.aborted) return;
      noteId(record, run);
      yield record;
    }
  }
  if (signal?.aborted) return;
  if (source.found === "any-json" && read === 0) {
    throw unreadable(
      source.path,
      "none of its JSON files holds conversations",
      "Give the ZIP that ChatGPT sent you, or the folder it was unpacked to.",
    );
  }
  for (const issue of [...source.issues, ...issues]) {
    yield { kind: "unreadable", issue };
  }
  yield { kind: "inventory", inventory: inventoryOf(run, useful) };
}

function noteId(record: ConversationRecord, { ids, allIds }: Run): void {
  const id = record.kind === "conversation"
    ? record.conversation.id
    : record.kind === "same"
    ? record.id
    : undefined;
  if (id === undefined) return;
  ids.add(id);
  allIds.add(id);
}

/** What was found, all in all. */
function inventoryOf(run: Run, useful: ReadonlySet<string>): Inventory {
  const { reading, source, ids } = run;
  // Among files of any name those that held conversations were worth reading.
  const files = source.parts.flatMap(({ survey }) => survey.notes).map((
    { why, ...note },
  ): FileNote =>
    source.found === "any-json" && useful.has(note.name)
      ? { ...note, use: "conversations" }
      : { ...note, ...(why !== undefined && { why }) }
  );
  const { ownerId } = reading.knowledge.details;
  return {
    ...reading.inventory(),
    ...(ownerId !== undefined && { ownerId }),
    files,
    details: countUsed(reading.knowledge.details, ids),
  };
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
  const { name } = file;
  const base = baseName(name).replace(/\.json$/i, "");
  const { recognize, reading } = run;
  const elements = lookUp(splitJson(toUtf8(watch(file, run))), {
    knowledge: reading.knowledge,
    recognize,
  });
  let alone: ConversationRecord | undefined;
  for (;;) {
    let next: IteratorResult<LookedUp>;
    try {
      next = await elements.next();
    } catch (error) {
      if (!(error instanceof JsonTextError || error instanceof ReadError)) {
        throw error;
      }
      // What ended early because it was told to is not damaged.
      if (run.signal?.aborted) return;
      if (alone !== undefined) yield alone;
      yield unreadableFile(name, error.message);
      return;
    }
    if (run.signal?.aborted) return;
    if (next.done) break;
    if (alone !== undefined) yield alone;
    alone = undefined;
    const { element, unread, known } = next.value;
    // A copy of a conversation that came before it is read, to see which of them counts.
    if (unread && known && !run.allIds.has(unread.id)) {
      run.recognised = true;
      yield { kind: "same", id: unread.id, ...known };
      continue;
    }
    const { record: read, foreign: maker } = readElement(
      element,
      { name, base },
      reading,
      run.recognised,
    );
    if (maker !== undefined) throw foreign(run.source.path, maker);
    run.recognised ||= read?.kind === "conversation";
    const source = read?.kind === "conversation" && unread
      ? sourceOf(read, unread)
      : undefined;
    const record = read && source ? { ...read, source } : read;
    // An object that is no conversation may be the first of many lines, or all there is.
    if (element.whole && record?.kind === "failed") alone = record;
    else if (record !== undefined) yield record;
  }
  if (alone === undefined) return;
  if (run.source.found === "given" && !run.recognised) {
    const hint = "Give the ZIP of the export, or a conversations.json.";
    const { path } = run.source;
    throw unreadable(path, "this JSON holds no conversations", hint);
  }
  yield alone;
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

function unreadableFile(where: string, message: string): ConversationRecord {
  const code: IssueCode = "unreadable-file";
  return { kind: "unreadable", issue: { code, where, message } };
}
