/**
 * What the program asks of a place that keeps conversations; DynamoDB is one, memory (in tests) another.
 *
 * A conversation is stored as one row a message and one head. The head's digest says that the rows are
 * complete and agree with it, so writing goes: {@linkcode Store.begin} (takes the digest away),
 * {@linkcode Store.write} (rows), {@linkcode Store.finish} (puts the head with the digest). A run that dies
 * in between leaves a head without a digest, or none, and the next run repairs it.
 *
 * @module
 */

import type {
  ConversationMetadata,
  ConversationSource,
} from "../domain/conversation.ts";
import type { ExportShape } from "../domain/drift.ts";
import type { Layout, MessageKind } from "../domain/layout.ts";
import type { Message } from "../domain/message.ts";

/** What is stored of a conversation besides its messages. */
export interface Head {
  /** The conversation's digest; absent while its rows are being written or are not all there. */
  readonly digest?: string;
  /** Raised by every change of the head; 0 where another tool wrote it. */
  readonly revision: number;
  /** How many messages are on its thread, where the head is ours. */
  readonly messageCount?: number;
  /** The conversation's metadata, where the head is ours. */
  readonly metadata?: ConversationMetadata;
  /** What the export that it comes from ships: rows of other kinds are kept from earlier ones. */
  readonly layout?: Layout;
  /** How many those are, where there are any. */
  readonly kept?: number;
  /** The bytes that it was read from, where they tell all of it. */
  readonly source?: ConversationSource;
}

/** What {@linkcode Store.finish} says of a conversation's rows. */
export interface HeadState {
  /** The conversation's digest, or undefined where its rows are not complete. */
  readonly digest: string | undefined;
  readonly messageCount: number;
  /** What the export that it comes from ships; `full` unless given. */
  readonly layout?: Layout;
  /** Rows of kinds that this export does not ship. */
  readonly kept?: number;
  /** The bytes that it was read from, where they tell all of it. */
  readonly source?: ConversationSource;
}

/** The pieces in which the content of a large message is stored. */
export interface PieceSummary {
  /** The digest of the message when they were written. */
  readonly digest: string;
  readonly count: number;
}

/** What a stored row is compared by. */
export interface RowSummary extends MessageKind {
  /** Absent where the earlier Python tool wrote the row. */
  readonly digest?: string;
  /** Place on the thread, absent likewise. */
  readonly position?: number;
  /** What the export that the row comes from ships. */
  readonly layout: Layout;
  /** Whether it is on a branch rather than the thread. */
  readonly branch?: true;
  /** The pieces that go when it is deleted or replaced. */
  readonly pieces?: PieceSummary;
}

/** A message with its digest, as a row to put. */
export interface MessageRow {
  readonly message: Message;
  readonly digest: string;
}

/** Rows to put, and ids of messages whose rows to delete: no message may be in both. */
export interface RowChanges {
  readonly puts: readonly MessageRow[];
  readonly deletes: readonly string[];
  /** What the export that the rows come from ships; `full` unless given. */
  readonly layout?: Layout;
  /** The rows as they were read before; their pieces go with them. */
  readonly stored?: ReadonlyMap<string, RowSummary>;
  /** What {@linkcode Store.strays} found, to be deleted. */
  readonly strays?: readonly string[];
}

/** What became of {@linkcode RowChanges}. */
export interface WriteResult {
  /** Rows that the store has acknowledged. */
  readonly put: number;
  /** Deletes that the store has acknowledged. */
  readonly deleted: number;
  /** Rows that the store will never take, such as one over its size limit. */
  readonly rejected: readonly {
    readonly messageId: string;
    readonly reason: string;
  }[];
  /** Why the rest was given up, if it was; nothing is then known of the rows that are not counted above. */
  readonly error?: Error;
}

/** A conversation as it is stored. */
export interface StoredConversation {
  readonly head: Head | undefined;
  /** The rows by position; those of the earlier Python tool, which have none, by time. */
  readonly rows: readonly StoredRow[];
}

/** A message as it is stored; the earlier Python tool's rows lack most of it. */
export interface StoredRow {
  readonly messageId: string;
  readonly digest?: string;
  /** What the export that the row comes from ships. */
  readonly layout: Layout;
  /** Without content where pieces of it are missing or damaged. */
  readonly message: Partial<Omit<Message, "id">>;
}

/** Thrown by {@linkcode Store.begin} and {@linkcode Store.finish}: another run changed the head meanwhile. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
}

/** A place that keeps conversations. Every method reads consistently and may throw when the place fails. */
export interface Store {
  /** The heads of those conversations; one that has none is not in the map. */
  heads(conversationIds: readonly string[]): Promise<Map<string, Head>>;
  /** What each stored message is compared by, by its id. */
  rows(conversationId: string): Promise<Map<string, RowSummary>>;
  /**
   * The names of pieces that belong to none of the rows, as a run leaves them that is killed between a row and
   * the pieces of the one before it.
   */
  strays(
    conversationId: string,
    rows: ReadonlyMap<string, RowSummary>,
  ): Promise<readonly string[]>;
  /**
   * Takes the digest from the conversation's head, so that nothing looks complete from here on. Writes
   * nothing where there is no head.
   *
   * @param head The head as last read.
   * @returns The head to give to {@linkcode Store.finish}.
   * @throws {ConflictError} When the head is no longer that one.
   */
  begin(
    conversationId: string,
    head: Head | undefined,
  ): Promise<Head | undefined>;
  /** Puts rows first, each behind its pieces, then deletes rows. Does not throw: see {@linkcode WriteResult.error}. */
  write(conversationId: string, changes: RowChanges): Promise<WriteResult>;
  /**
   * Puts the head.
   *
   * @param state The conversation's digest, or undefined where its rows are not complete, and the number of
   *     its rows.
   * @param head The head as last read, or as {@linkcode Store.begin} returned it.
   * @throws {ConflictError} When the head is no longer that one.
   */
  finish(
    metadata: ConversationMetadata,
    state: HeadState,
    head: Head | undefined,
  ): Promise<void>;
  /**
   * Does what {@linkcode Store.begin}, {@linkcode Store.write} and {@linkcode Store.finish} do, but all of it
   * or nothing.
   *
   * @param head The head as last read, or as {@linkcode Store.begin} returned it.
   * @returns Undefined where the store cannot do that, and has done nothing: the changes are too many or too
   *     large, or some of them would be rejected.
   * @throws {ConflictError} When the head is no longer that one.
   */
  commit(
    metadata: ConversationMetadata,
    state: HeadState,
    changes: RowChanges,
    head: Head | undefined,
  ): Promise<WriteResult | undefined>;
  /**
   * Deletes the head of a conversation that has no rows any more.
   *
   * @param head The head as {@linkcode Store.begin} returned it.
   * @throws {ConflictError} When the head is no longer that one.
   */
  remove(conversationId: string, head: Head): Promise<void>;
  /** All that is stored of a conversation, or undefined where nothing is. */
  read(conversationId: string): Promise<StoredConversation | undefined>;
  /** The ids of all conversations of which anything is stored. Reads the whole table. */
  conversationIds(): AsyncIterable<string>;
  /** The shape of the last export of an account, or undefined where none is stored. */
  lastExport(ownerId: string): Promise<ExportShape | undefined>;
  /** The ids of the accounts whose exports have been stored, or begun to be. */
  accounts(): Promise<string[]>;
  /** Notes an account; with a shape, stores that of its export in the place of the last one. */
  saveExport(ownerId: string, shape?: ExportShape): Promise<void>;
}
