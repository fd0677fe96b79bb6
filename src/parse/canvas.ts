/** Reads the documents that ChatGPT writes beside the conversation, on its canvas. @module */

import type { ContentPart } from "../domain/message.ts";
import { isObject, listOf, type RawMessage, textOf } from "./raw.ts";

/** The tool to which ChatGPT sends a new document, as JSON. */
const CREATE = "canmore.create_textdoc";

/** The document that a message creates, or undefined where it creates none, or none that can be read. */
export function readCanvas(message: RawMessage): ContentPart[] | undefined {
  if (message.recipient !== CREATE || !isObject(message.content)) {
    return undefined;
  }
  const { text, parts } = message.content;
  const call = textOf(text) ?? textOf(listOf(parts)[0]);
  if (call === undefined) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(call);
  } catch {
    // Some are cut off; then the call itself is the best there is.
    return undefined;
  }
  if (!isObject(document)) return undefined;
  const body = textOf(document.content);
  if (body === undefined) return undefined;
  const name = textOf(document.name);
  const language = textOf(document.type)?.match(/^code\/([\w+#.-]{1,30})$/)
    ?.[1];
  return [
    ...(name === undefined ? [] : [{ kind: "text", text: name } as const]),
    language === undefined
      ? { kind: "text", text: body }
      : { kind: "code", language, text: body },
  ];
}
