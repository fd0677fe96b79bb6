/** A conversation to ingest, and what it is compared by. @module */

import type {
  Clearable,
  Conversation,
  ConversationMetadata,
  ConversationSource,
  Gap,
} from "../domain/conversation.ts";
import { conversationDigest, messageDigest } from "../domain/digest.ts";
import { fillMetadata } from "../domain/fill.ts";
import type { Layout } from "../domain/layout.ts";
import type { Message } from "../domain/message.ts";
import type { Head, MessageRow, RowSummary, Store } from "../store/store.ts";
import { fillRows, replaces } from "./fill.ts";

/** A conversation to ingest. */
export interface Candidate {
  readonly conversation: Conversation;
  /** Whether all of it could be read. If not, nothing of it is deleted and it does not count as complete. */
  readonly complete: boolean;
  /** What the export ships of a conversation at all; `full` unless given. */
  readonly layout?: Layout;
  /** Fields of the metadata that the export does not have at all. */
  readonly untold?: readonly Clearable[];
  /** What of the thread is a guess. */
  readonly gap?: Gap;
  /** Ids of messages that the export certainly has off the thread. */
  readonly offThreadIds?: ReadonlySet<string>;
  /** The bytes that it was read from, where they tell all of it. */
  readonly source?: ConversationSource;
}

/** The messages of a conversation with their digests. */
export interface Rows {
  readonly thread: readonly MessageRow[];
  readonly branches: readonly MessageRow[] | undefined;
}

/** A candidate with what it is compared by, and the rows acknowledged so far. */
export interface Work extends Candidate {
  readonly rows: Rows;
  /** How many messages they are. */
  readonly size: number;
  readonly layout: Layout;
  readonly acknowledged: { put: number };
  storedRows: number;
}

/** The candidate with the digests of its messages. */
export function prepare(candidate: Candidate): Work {
  const { conversation } = candidate;
  const thread = conversation.messages.map(toRow);
  const branches = conversation.branches?.map(toRow);
  const { layout = "full" } = candidate;
  return {
    ...candidate,
    layout,
    rows: { thread, branches },
    size: thread.length + (branches?.length ?? 0),
    acknowledged: { put: 0 },
    storedRows: 0,
  };
}

/** A message with its digest. */
export function toRow(message: Message): MessageRow {
  return { message, digest: messageDigest(message) };
}

/** The conversation's metadata, with what its export does not tell filled in from the head. */
export function metadataOf(
  { conversation, untold }: Candidate,
  head: Head | undefined,
): ConversationMetadata {
  const { messages: _, branches: __, ...metadata } = conversation;
  return fillMetadata(metadata, head?.metadata, untold);
}

/** The digest of a conversation that has those rows. */
export function digestOf(
  metadata: ConversationMetadata,
  { thread, branches = [] }: Rows,
  layout: Layout,
): string {
  const digests = [...thread, ...branches].map(({ digest }) => digest);
  return conversationDigest(metadata, digests, layout);
}

/** Whether the head says that just this is stored. */
export function isStored(work: Work, head: Head | undefined): boolean {
  return work.complete && head?.digest !== undefined &&
    head.digest === digestOf(metadataOf(work, head), work.rows, work.layout);
}

/** The rows with what their export does not tell filled in; reads those that are stored only where some differ. */
export async function filled(
  { conversation: { id }, rows, layout }: Work,
  summaries: ReadonlyMap<string, RowSummary>,
  store: Store,
): Promise<Rows> {
  const all = [...rows.thread, ...rows.branches ?? []];
  const differ = all.some((row) =>
    replaces(row, summaries.get(row.message.id), layout)
  );
  const whole = differ ? await store.read(id) : undefined;
  if (whole === undefined) return rows;
  const stored = new Map(whole.rows.map((row) => [row.messageId, row]));
  const fill = (some: readonly MessageRow[]) =>
    fillRows(some, { summaries, stored, layout });
  return {
    thread: fill(rows.thread),
    branches: rows.branches && fill(rows.branches),
  };
}

/** Whether a conversation's update time says that it is older than what is stored. */
export function isOlder(
  time: number | null,
  stored: number | null | undefined,
): boolean {
  return time !== null && stored !== null && stored !== undefined &&
    time < stored;
}
