/** A record of the input that could not be taken as it is. @module */

/** What is wrong with a record; each code has one meaning in reports and JSON. */
export type IssueCode =
  /** A file of the export could not be read to its end: damaged archive, cut or invalid JSON. */
  | "unreadable-file"
  /** A shard that the export's manifest or its numbering promises is not there. */
  | "missing-shard"
  /** An element of the conversation list is no conversation: no object, or no usable `mapping`. */
  | "bad-conversation"
  /** A message on the thread could not be read; its conversation goes on without it. */
  | "bad-message"
  /** Stored messages are not on the thread, but it is a guess, so they stay. */
  | "uncertain-thread"
  /** A message or conversation could not be stored. */
  | "not-stored"
  /** Messages left the thread, but deleting them would go past the limit of the run. */
  | "delete-limit"
  /** Conversations that are not in the export were to be deleted, but it is not certain that they are gone. */
  | "not-pruned"
  /** A conversation was to be put back to what it was, but another run wrote to it since. */
  | "moved";

/**
 * One such record. A value, not an exception: a bad record is not a failed run.
 *
 * Nothing in it is text from a conversation.
 */
export interface Issue {
  readonly code: IssueCode;
  /** Where: a file of the export, with the element's index where it has one. */
  readonly where: string;
  /** What is wrong, in words. */
  readonly message: string;
  readonly conversationId?: string;
  readonly messageId?: string;
}
