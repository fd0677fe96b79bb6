/** The labels that stand in a message's text for what is not text, such as `[Image: roses.png]`. @module */

import type { ContentPart } from "./message.ts";

type Asset = Extract<ContentPart, { kind: "asset" }>;

/** Each is a line of its own. */
const LABEL = /^\[(Image|Audio|Video|File)(?:: (.+))?\]$/gm;

/** The label of something whose bytes are elsewhere. */
export function assetLabel({ asset, name }: Asset): string {
  const kind = asset.charAt(0).toUpperCase() + asset.slice(1);
  return `[${kind}${name === undefined ? "" : `: ${name}`}]`;
}

/** The text with names in its labels, where those of the other text have names and nothing else differs. */
export function fillLabels(text: string, stored: string | undefined): string {
  if (stored === undefined || text === stored || !text.includes("[")) {
    return text;
  }
  const names = [...stored.matchAll(LABEL)].map(([, , name]) => name);
  if (bare(text) !== bare(stored)) return text;
  let index = 0;
  return text.replace(LABEL, (label, kind: string, own?: string) => {
    const name = own ?? names[index];
    index++;
    return name === undefined ? label : `[${kind}: ${name}]`;
  });
}

function bare(text: string): string {
  return text.replace(LABEL, "[$1]");
}
