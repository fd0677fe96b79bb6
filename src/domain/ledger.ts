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
  /** Rows of the table, which are not records of the export. */
  readonly rows: {
    /** Written. */
    put: number;
    /** Deleted, since they left the thread. */
    deleted: number;
    /** Kept although they left the thread, since not all of their conversation could be read or stored. */
    withheld: number;
  };
  /** Content types that only yielded a placeholder, with how many messages have each. */
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
    messages: { read: 0, offThread: 0, ...buckets() },
    rows: { put: 0, deleted: 0, withheld: 0 },
    unknownTypes: {},
  };
}

/** The sums of a ledger that do not add up, each in words; none in a sound one. */
export function imbalances(ledger: Ledger): string[] {
  const sums = [
    ["conversations", ledger.conversations.read, total(ledger.conversations)],
    [
      "messages",
      ledger.messages.read,
      total(ledger.messages) + ledger.messages.offThread,
    ],
  ] as const;
  return sums.filter(([, read, counted]) => read !== counted)
    .map(([noun, read, counted]) =>
      `${read} ${noun} read, but ${counted} accounted for`
    );
}

function total(buckets: Buckets): number {
  return buckets.new + buckets.changed + buckets.unchanged + buckets.skipped +
    buckets.failed;
}

/** Adds counts by name to others. */
export function addCounts(
  into: Record<string, number>,
  from: Readonly<Record<string, number>>,
): void {
  for (const [name, count] of Object.entries(from)) {
    into[name] = (into[name] ?? 0) + count;
  }
}
