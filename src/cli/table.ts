/** `chatkeep table`: creates, describes or deletes the table. @module */

import { EXIT, type ExitCode, UserError } from "../domain/errors.ts";
import {
  createTable,
  deleteTable,
  requireTable,
  type TableDescription,
} from "../store/schema.ts";
import type { Command } from "./command.ts";
import { settings } from "./config.ts";
import type { Console } from "./console.ts";
import type { Session } from "./run.ts";
import { openTarget } from "./target.ts";

/** Does what was asked to the table itself. */
export async function table(
  command: Extract<Command, { kind: "table" }>,
  session: Session,
): Promise<ExitCode> {
  const { console, env } = session;
  const chosen = settings(command, env);
  await using target = await openTarget(chosen, session);
  switch (command.action) {
    case "create": {
      const made = await createTable(target.access);
      console.result(render(made), made);
      return EXIT.ok;
    }
    case "describe": {
      const found = await requireTable(target.access);
      console.result(render(found), found);
      return EXIT.ok;
    }
    case "delete": {
      await requireTable(target.access);
      confirmDelete(chosen.table, command.confirm, console);
      await deleteTable(target.access);
      console.result(`Table ${chosen.table} is deleted`, {
        deleted: chosen.table,
      });
      return EXIT.ok;
    }
    default:
      return command.action satisfies never;
  }
}

/** Asks for the table's name, unless it was given. */
function confirmDelete(
  table: string,
  given: string | undefined,
  console: Console,
): void {
  const said = given ??
    console.ask(
      `This deletes every conversation in it. To go on, type its name, ${table}:`,
    );
  if (said === undefined) {
    throw new UserError(`Will not delete table "${table}" unasked`, {
      hint: `Add --confirm ${table}`,
      code: EXIT.usage,
    });
  }
  if (said.trim() !== table) {
    throw new UserError(
      `Table "${table}" is not deleted: "${said.trim()}" is not its name`,
    );
  }
}

function render(table: TableDescription): string {
  const rows = [
    ["Table", table.name],
    ["Status", table.status],
    ["Keys", table.keys.join(", ")],
    ["Items", `${table.itemCount}`],
    ["Bytes", `${table.sizeBytes}`],
    ["Billing", table.billingMode],
    ["Deletion protection", table.deletionProtection ? "on" : "off"],
  ] as const;
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join(
    "\n",
  );
}
