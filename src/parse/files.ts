/** The files that come with one message. @module */

import type { Attachment, ContentPart } from "../domain/message.ts";
import { type Asset, assetId, findAsset } from "./assets.ts";
import type { Extras } from "./fields.ts";
import { isObject, listOf, objectOf, type RawObject, textOf } from "./raw.ts";
import type { Reading } from "./reading.ts";
import { baseName } from "./shards.ts";

/** Gathers a message's files as its parts name them, and gives them their names. */
export class Files {
  readonly attachments: Attachment[] = [];
  readonly #listed: readonly RawObject[];
  readonly #reading: Reading;
  readonly #messageId: string;
  /** Ids of the listed attachments that a part has named. */
  readonly #used = new Set<string>();

  /**
   * @param metadata The message's metadata, which list attachments.
   * @param extras Where fields of attachments go that have no place of their own.
   */
  constructor(
    metadata: RawObject,
    reading: Reading,
    messageId: string,
    extras: Extras,
  ) {
    this.#listed = listOf(metadata.attachments).filter(isObject);
    this.#reading = reading;
    this.#messageId = messageId;
    for (const attachment of this.#listed) {
      reading.fields.take("attachment", attachment, extras, "attachment.");
    }
  }

  /** The placeholder of what a part points to. */
  part(
    kind: "image" | "audio" | "video" | "file",
    raw: RawObject,
  ): ContentPart {
    const pointer = textOf(raw.asset_pointer);
    const id = pointer === undefined ? undefined : assetId(pointer);
    const listed = id === undefined
      ? undefined
      : this.#listed.find((one) => one.id === id);
    if (id !== undefined) this.#used.add(id);
    const size = raw.size_bytes;
    const { name } = this.#add(pointer, listed, size);
    return placeholder(kind, pointer, name ?? prompt(raw));
  }

  /** Placeholders of the attachments that no part has named. */
  attached(): ContentPart[] {
    return this.#listed
      .filter(({ id }) => typeof id !== "string" || !this.#used.has(id))
      .map((one) => {
        const pointer = textOf(one.id);
        return placeholder("file", pointer, this.#add(pointer, one).name);
      });
  }

  /** Adds what a program in ChatGPT's sandbox has made and the text links to. */
  addLinks(parts: readonly ContentPart[]): void {
    const paths = new Set<string>();
    for (const part of parts) {
      if (part.kind !== "text" || !part.text.includes(":/mnt/data/")) continue;
      for (const [, path = ""] of part.text.matchAll(SANDBOX)) paths.add(path);
    }
    for (const path of paths) {
      this.#add(path, { name: baseName(path) });
    }
  }

  /** Adds a file with all that is known of it. */
  #add(
    pointer: string | undefined,
    listed: RawObject = {},
    size: unknown = undefined,
  ): Attachment {
    const own = textOf(listed.name);
    const known: Asset = findAsset(this.#reading.knowledge.assets, pointer, {
      messageId: this.#messageId,
      ...(own !== undefined && { name: own }),
    }) ?? { exported: false };
    const id = pointer === undefined
      ? known.id
      : assetId(pointer) ?? pointer.slice(0, 1_000);
    const name = own ?? known.name;
    const type = textOf(listed.mime_type) ?? textOf(listed.mimeType) ??
      known.type;
    const bytes = [listed.size, size, known.size].find((one) =>
      typeof one === "number" && Number.isFinite(one)
    ) as number | undefined;
    const attachment = {
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name: oneLine(name) }),
      ...(type !== undefined && { type }),
      ...(bytes !== undefined && { size: bytes }),
      exported: known.exported,
    };
    this.attachments.push(attachment);
    return attachment;
  }
}

const SANDBOX = /sandbox:(\/mnt\/data\/[^\s)\]"'<>]+)/g;

function placeholder(
  kind: "image" | "audio" | "video" | "file",
  pointer: string | undefined,
  name: string | undefined,
): ContentPart {
  return {
    kind: "asset",
    asset: kind,
    ...(pointer !== undefined && { pointer }),
    ...(name !== undefined && { name: oneLine(name) }),
  };
}

/** What an image was generated from. */
function prompt(raw: RawObject): string | undefined {
  return textOf(objectOf(objectOf(raw.metadata).dalle).prompt);
}

function oneLine(name: string): string {
  return name.replace(/\s+/g, " ");
}
