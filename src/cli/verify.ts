/** `chatkeep verify`: whether the table has what an export has, and is sound. @module */

import type { ConversationRecord } from "../domain/conversation.ts";
import { EXIT, type ExitCode, UserError } from "../domain/errors.ts";
import { distrusting } from "../ingest/verify.ts";
import { parseExport } from "../parse/mod.ts";
import { renderDifferences, renderIssues } from "../render/report.ts";
import { sync } from "../sync/mod.ts";
import { verifyExport, type VerifyReport, verifySelf } from "../sync/verify.ts";
import type { Command } from "./command.ts";
import { journalFile, settings } from "./config.ts";
import { INPUT, inputsOr, readAhead } from "./input.ts";
import { present } from "./present.ts";
import type { Session } from "./run.ts";
import { MOST_DELETES, told } from "./store.ts";
import { openTarget } from "./target.ts";

/** Compares, and with `--repair` brings what differs into step again. */
export async function verify(
  command: Extract<Command, { kind: "verify" }>,
  session: Session,
): Promise<ExitCode> {
  const { console, env, signal } = session;
  const chosen = settings(command, env);
  const { branches, self, repair } = command;
  if (self && (repair || command.inputs.length > 0)) {
    throw new UserError("--self looks at the table alone: it needs no export", {
      hint: "To repair, give the export and --repair",
      code: EXIT.usage,
    });
  }
  const inputs = self ? [] : await inputsOr(command.inputs, INPUT.export);
  const read = () => parseExport(inputs, { signal, branches });
  await using source = read();
  const records = self ? undefined : await readAhead(source);
  await using target = await openTarget(chosen, session);
  const stored = await target.existing();
  if (stored === undefined) {
    throw new UserError(`Table "${chosen.table}" is not there`, {
      hint: "Run sync first, or give another table with --table",
      code: EXIT.tableMissing,
    });
  }
  const onProgress = (count: number) =>
    console.progress(() => `${count} conversations`);
  const report = records === undefined
    ? await verifySelf(stored, { signal, onProgress })
    : await verifyExport(records, stored, { signal, onProgress });
  const { differences, conversations } = report;
  const mendable = differences.filter(({ kind }) => kind !== "older");
  if (!repair || mendable.length === 0) {
    tell(report, session, { inputs, table: chosen.table });
    return report.exitCode;
  }
  console.note(renderDifferences(differences));
  // Through the normal path, but believing no digest of what differs.
  const ids = new Set(mendable.map((one) => one.conversationId));
  await using run = await target.begin({
    ...command,
    command: "verify",
    journal: journalFile(command.journal, chosen, env),
  });
  const repaired = await sync(
    only(read(), ids),
    distrusting(run.store, mendable),
    { signal: run.signal, maxDeletes: MOST_DELETES },
  );
  run.end(repaired);
  const older = differences.length - mendable.length;
  const exitCode = repaired.exitCode === EXIT.ok && older > 0
    ? EXIT.different
    : repaired.exitCode;
  return present(console, { ...repaired, exitCode }, {
    command: "verify",
    run: run.id,
    inputs,
    table: chosen.table,
    ...told(repaired, run.capacity, chosen),
    conversations,
    differences,
    success: older === 0
      ? "What differed is in step again"
      : `What could be is in step again; ${older} conversations are newer in the table than in the export`,
  });
}

function tell(
  { conversations, differences, issues, exitCode }: VerifyReport,
  { console }: Session,
  about: { readonly inputs: readonly string[]; readonly table: string },
): void {
  const { read, same, different } = conversations;
  if (issues.length > 0) console.warn(renderIssues(issues));
  console.result(
    `Conversations  ${read} compared = ${same} the same + ${different} different\n` +
      renderDifferences(differences),
    {
      command: "verify",
      ...about,
      conversations,
      differences,
      issues,
      exitCode,
    },
  );
}

/** The records of some conversations, and all that tells of failures. */
async function* only(
  records: AsyncIterable<ConversationRecord>,
  ids: ReadonlySet<string>,
): AsyncGenerator<ConversationRecord> {
  for await (const record of records) {
    const wanted = record.kind !== "conversation" ||
      ids.has(record.conversation.id);
    if (wanted && record.kind !== "inventory") yield record;
  }
}
