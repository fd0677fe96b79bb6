/**
 * The count of a run: every record read ends in exactly one bucket, and the buckets add up to what was
 * read. @module
 */

/** The buckets for conversations, and for the messages on their threads. */
export interface Buckets {
  /** Not in the table before. */
  new: number;
  /** In the table, but different. */
  changed: number;
  /** In the table, and the same. */
  unchanged: number;
  /** Left out on purpose, such as a second copy of a conversation. */
  skipped: number;
  /** Could not be read or stored. */
  failed: number;
}

/** What a run read and what became of it. */
export interface Ledger {
  readonly conversations: Buckets & { read: number };
  /** `offThread`: messages on branches of edits and regenerations, read but not part of the thread. */
  readonly messages: Buckets & { read: number; offThread: number };
  /** Of the skipped conversations, those older than what is stored. */
  older: number;
  /** Conversations that were deleted, since they are not in the export. */
  pruned: number;
  /** Rows of the table, which are not records of the export. */
  readonly rows: {
    /** Written. */
    put: number;
    /** Deleted, since they left the thread. */
    deleted: number;
    /** Of those, the ones that an edit or a regeneration left behind; the others are nowhere in the export. */
    edited: number;
    /** Of those others, the ones whose whole conversation is not in the export. */
    absent: number;
    /** Kept although they left the thread, since not all of their conversation could be read or stored. */
    withheld: number;
    /** Kept in their places, since exports of this layout do not ship messages of their kind. */
    kept: number;
  };
  /** Content types that the program does not know, with how many messages have each. */
  readonly unknownTypes: Record<string, number>;
}

/** A ledger with nothing in it. */
export function emptyLedger(): Ledger {
  const buckets = () => ({
    new: 0,
    changed: 0,
    unchanged: 0,
    skipped: 0,
    failed: 0,
  });
  return {
    conversations: { read: 0, ...buckets() },
    messages: { read: 0, ...buckets(), offThread: 0 },
    older: 0,
    pruned: 0,
    rows: { put: 0, deleted: 0, edited: 0, absent: 0, withheld: 0, kept: 0 },
    unknownTypes: {},
  };
}

/**
 * Checks that every record read is in one bucket.
 *
 * @param cause What else went wrong in the run, if anything did.
 * @throws {Error} When a sum is off, which is a bug.
 */
export function assertBalanced(ledger: Counts, cause?: Error): void {
  for (const noun of ["conversations", "messages"] as const) {
    const { read, ...buckets } = ledger[noun];
    const counted = Object.values<number>(buckets).reduce(
      (sum, bucket) => sum + bucket,
      0,
    );
    if (read !== counted) {
      throw new Error(
        `Ledger does not add up: ${read} ${noun} read, but ${counted} accounted for`,
        { cause },
      );
    }
  }
}

/** Any ledger: what was read, beside the buckets that must add up to it. */
interface Counts {
  readonly conversations: { readonly read: number };
  readonly messages: { readonly read: number };
}

/** Adds counts by name to others. */
export function addCounts(
  into: Record<string, number>,
  from: Readonly<Record<string, number>>,
): void {
  for (const [name, count] of Object.entries(from)) {
    // Names such as "constructor" are found on every plain object.
    into[name] = (Object.hasOwn(into, name) ? into[name] ?? 0 : 0) + count;
  }
}
