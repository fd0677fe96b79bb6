/** Recognises the exports of other programs, which also are called `conversations.json`. @module */

import { isObject, listOf, objectOf } from "./raw.ts";
import { baseName } from "./shards.ts";

/** Whose export an element belongs to, or undefined where it may well be ChatGPT's. */
export function foreignElement(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  if (Array.isArray(value.chat_messages)) return "Claude";
  if (isObject(value.conversation) && Array.isArray(value.responses)) {
    return "Grok";
  }
  if (isObject(objectOf(value.chat).history)) return "Open WebUI";
  if (value.object === "compliance.workspace.conversation") {
    return "the ChatGPT Compliance API";
  }
  return hasFragments(value.mapping) ? "DeepSeek" : undefined;
}

/** Whose export a file of that name belongs to. */
export function foreignFile(path: string): string | undefined {
  return baseName(path) === "prod-grok-backend.json" ? "Grok" : undefined;
}

/** Whether a tree is DeepSeek's: like ChatGPT's, but its messages are made of fragments. */
function hasFragments(mapping: unknown): boolean {
  return Object.values(objectOf(mapping)).some((node) => {
    const message = objectOf(objectOf(node).message);
    return message.content === undefined &&
      listOf(message.fragments).length > 0;
  });
}
