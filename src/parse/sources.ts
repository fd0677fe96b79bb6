/** What a message cites. @module */

import type { Source } from "../domain/message.ts";
import { isObject, listOf, objectOf, type RawObject, textOf } from "./raw.ts";

/** More than this nobody cites; a list of another kind may be as long as it likes. */
const MOST_SOURCES = 200;

/** The sources that a message's metadata name, each once, in their order. */
export function readSources(metadata: RawObject): Source[] {
  const { citations, content_references: references, _cite_metadata } =
    metadata;
  const found = new Map<string, Source>();
  const add = (raw: unknown) => {
    const { title, name, url } = objectOf(raw);
    const source = { title: textOf(title) ?? textOf(name), url: textOf(url) };
    const key = source.url ?? source.title;
    if (key === undefined || found.has(key) || found.size === MOST_SOURCES) {
      return;
    }
    found.set(key, {
      ...(source.title !== undefined && { title: source.title }),
      ...(source.url !== undefined && { url: source.url }),
    });
  };
  for (const citation of listOf(citations)) add(objectOf(citation).metadata);
  for (const entry of listOf(objectOf(_cite_metadata).metadata_list)) {
    add(entry);
  }
  for (const reference of listOf(references)) {
    if (!isObject(reference)) continue;
    switch (reference.type) {
      case "webpage":
      case "webpage_extended":
      case "file":
        add(reference);
        break;
      case "grouped_webpages":
      case "grouped_webpages_model_predicted_fallback":
      case "sources_footnote":
        listOf(reference.items).forEach(add);
        listOf(reference.sources).forEach(add);
    }
  }
  return [...found.values()];
}
