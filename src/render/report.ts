/** What a run did, as text for a person. @module */

import type { Issue } from "../domain/issue.ts";
import type { Ledger } from "../domain/ledger.ts";

/** Issues listed in full; of more, only the number is told. */
const MOST_ISSUES = 20;

/** What {@linkcode renderLedger} needs of a ledger; its buckets may be any. */
export interface AnyLedger {
  readonly conversations: { readonly read: number };
  readonly messages: { readonly read: number };
  readonly rows?: Ledger["rows"];
  readonly older?: number;
  readonly pruned?: number;
  readonly unknownTypes: Readonly<Record<string, number>>;
}

/** The ledger as a few lines, each sum written out. */
export function renderLedger(
  ledger: AnyLedger,
  { planned = false }: { readonly planned?: boolean } = {},
): string {
  const width = Math.max(
    String(ledger.conversations.read).length,
    String(ledger.messages.read).length,
  );
  const lines = [
    `Conversations  ${renderSum(ledger.conversations, width)}`,
    `Messages       ${renderSum(ledger.messages, width)}`,
  ];
  if (ledger.rows !== undefined) {
    const { put, deleted, edited, absent, withheld, kept } = ledger.rows;
    const fates = deleted === 0
      ? ""
      : ` = ${edited} edited away + ${
        deleted - edited - absent
      } gone from the export${
        absent === 0
          ? ""
          : ` + ${absent} of ${ledger.pruned} conversations that are not in it`
      }`;
    const [written, gone] = planned
      ? ["to write", "to delete"]
      : ["written", "deleted"];
    lines.push(`Message rows   ${put} ${written}, ${deleted} ${gone}${fates}`);
    if (withheld > 0) {
      lines.push(
        `Not deleted    ${withheld} that left the thread; the warnings tell why`,
      );
    }
    if (kept > 0) {
      lines.push(
        `Kept           ${kept} of kinds that this export does not ship`,
      );
    }
  }
  if (ledger.older) {
    lines.push(
      `Left alone     ${ledger.older} conversations that are newer in the table; --allow-older replaces them`,
    );
  }
  const unknown = Object.entries(ledger.unknownTypes);
  if (unknown.length > 0) {
    const names = unknown.map(([name, count]) => `${name} (${count})`).join(
      ", ",
    );
    lines.push(`Kinds of content not known, stored as placeholders: ${names}`);
  }
  return lines.join("\n");
}

/** Dollars for a million units on demand in us-east-1. https://aws.amazon.com/dynamodb/pricing/on-demand/ */
const PRICE = { read: 0.125, write: 0.625 } as const;

/** What a run consumed, beside what the sizes of its items had said. */
export function renderCapacity(
  { read, write, predictedWrite }: {
    readonly read: number;
    readonly write: number;
    readonly predictedWrite: number;
  },
): string {
  return `Capacity       ${write} write units of ${predictedWrite} predicted, ${read} read units; ` +
    price({ read, write });
}

/**
 * What a plan will consume.
 *
 * @param charged Whether somebody has to pay for it.
 */
export function renderPrediction(
  units: { readonly read: number; readonly write: number },
  charged: boolean,
): string {
  const cost = charged ? price(units) : "they cost nothing here";
  return `Capacity       ${units.write} write units and ${units.read} read units to be used; ${cost}`;
}

function price(
  units: { readonly read: number; readonly write: number },
): string {
  const dollars = (units.read * PRICE.read + units.write * PRICE.write) / 1e6;
  return `$${dollars.toFixed(6)} on demand in us-east-1`;
}

/** A line an issue, up to twenty. */
export function renderIssues(issues: readonly Issue[]): string {
  const lines = issues.slice(0, MOST_ISSUES).map(
    ({ where, conversationId, messageId, message }) => {
      const what = [
        conversationId === undefined ? "" : ` conversation ${conversationId}`,
        messageId === undefined ? "" : ` message ${messageId}`,
      ].join("");
      return `${where}:${what === "" ? "" : `${what}:`} ${message}`;
    },
  );
  if (issues.length > MOST_ISSUES) {
    lines.push(
      `and ${issues.length - MOST_ISSUES} more; --json lists them all`,
    );
  }
  return lines.join("\n");
}

/** One line on how far a run has come. */
export function renderProgress(
  ledger: AnyLedger,
  read: { readonly file: string; readonly share: number },
): string {
  const percent = String(Math.floor(read.share * 100)).padStart(3);
  const { conversations, messages } = ledger;
  return `${percent} %  ${conversations.read} conversations, ${messages.read} messages  ${read.file}`;
}

function renderSum(
  { read, ...buckets }: { readonly read: number },
  width: number,
): string {
  const terms = Object.entries<number>(buckets).map(([name, count]) =>
    `${count} ${name === "offThread" ? "off the thread" : name}`
  );
  return `${String(read).padStart(width)} read = ${terms.join(" + ")}`;
}

/** A line for each stored message that is not on the thread: what became of it. */
export function renderFates(
  fates: readonly {
    readonly conversationId: string;
    readonly messageId: string;
    readonly fate: string;
  }[],
): string {
  if (fates.length === 0) return "No message has left its thread";
  return fates.map(({ conversationId, messageId, fate }) =>
    `${fate.padEnd(8)}  conversation ${conversationId}  message ${messageId}`
  ).join("\n");
}

/** Differences by kind, and the first of them by name. */
export function renderDifferences(
  differences: readonly {
    readonly conversationId: string;
    readonly messageId?: string;
    readonly kind: string;
  }[],
): string {
  if (differences.length === 0) return "No difference";
  const kinds = Map.groupBy(differences, ({ kind }) => kind);
  const lines = [...kinds].map(([kind, list]) => `${kind}: ${list.length}`);
  for (const one of differences.slice(0, MOST_ISSUES)) {
    const message = one.messageId === undefined
      ? ""
      : `  message ${one.messageId}`;
    lines.push(`${one.kind}  conversation ${one.conversationId}${message}`);
  }
  if (differences.length > MOST_ISSUES) {
    lines.push(
      `and ${differences.length - MOST_ISSUES} more; --json lists them all`,
    );
  }
  return lines.join("\n");
}
