/** One message of the export as the program keeps it. @module */

import {
  type Author,
  type ContentPart,
  type Message,
  renderParts,
} from "../domain/message.ts";
import { readContent } from "./content.ts";
import { objectOf, type RawMessage, textOf } from "./raw.ts";
import { readTime } from "./time.ts";

/** Where a message is on its thread. */
export type Placing = Pick<Message, "id" | "parentId" | "position">;

/** A message, and the types in its content that the program does not know. */
export interface ReadMessage {
  readonly message: Message;
  readonly unknownTypes: ReadonlySet<string>;
}

/** Reads a message whatever it lacks. */
export function readMessage(raw: RawMessage, placing: Placing): ReadMessage {
  const author = readAuthor(raw.author);
  const { contentType, parts, unknownTypes } = readContent(raw);
  const content = renderParts(parts);
  const model = textOf(objectOf(raw.metadata).model_slug);
  const message = {
    ...placing,
    author,
    createTime: readTime(raw.create_time),
    contentType,
    content,
    visible: isVisible(raw, author, contentType, parts) && /\S/.test(content),
    ...(model !== undefined && { model }),
  };
  return { message, unknownTypes };
}

function readAuthor(raw: unknown): Author {
  // Tools that imitate the format write the role alone.
  const { role, name } = typeof raw === "string"
    ? { role: raw }
    : objectOf(raw);
  const known = textOf(name);
  return {
    role: textOf(role) ?? "unknown",
    ...(known !== undefined && { name: known }),
  };
}

/** What ChatGPT shows as part of the dialogue; the `weight` of a message says nothing about it. */
function isVisible(
  raw: RawMessage,
  { role }: Author,
  contentType: string,
  parts: readonly ContentPart[],
): boolean {
  const { is_visually_hidden_from_conversation: hidden } = objectOf(
    raw.metadata,
  );
  if (hidden === true) return false;
  switch (role) {
    case "user":
    case "assistant":
      return isDialogue(contentType) && isForAll(raw.recipient) &&
        raw.channel !== "commentary" && raw.channel !== "analysis";
    case "tool":
      return (contentType === "multimodal_text" ||
        contentType === "execution_output" || isAssetType(contentType)) &&
        parts.some((part) => part.kind === "asset" && part.asset === "image");
    default:
      return false;
  }
}

function isDialogue(contentType: string): boolean {
  return contentType === "text" || contentType === "multimodal_text" ||
    contentType === "audio_transcription" || isAssetType(contentType);
}

function isAssetType(contentType: string): boolean {
  return contentType.endsWith("asset_pointer");
}

/** Slim exports leave the recipient out. */
function isForAll(recipient: unknown): boolean {
  return recipient === undefined || recipient === null || recipient === "all";
}
