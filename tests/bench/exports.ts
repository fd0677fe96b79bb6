/** Exports made up for measuring: like real ones in shape and size, the same for the same seed. @module */

/** How an export is made up. */
export interface ExportShape {
  readonly conversations: number;
  /** Mean number of messages. Most conversations have fewer, and a few have many more (log-normal). */
  readonly messages: number;
  /** Mean number of characters of a message. */
  readonly characters: number;
  readonly seed?: number;
}

const WORDS =
  "the of table write read item key value thread message branch export answer question für straße 数据 код café — data"
    .split(" ");

/** Writes `conversations.json` and returns its size in bytes. */
export async function writeExport(
  path: string,
  shape: ExportShape,
): Promise<number> {
  const random = generator(shape.seed ?? 1);
  const encoder = new TextEncoder();
  using file = await Deno.open(path, {
    write: true,
    create: true,
    truncate: true,
  });
  let size = 0;
  const write = async (text: string) => {
    let rest = encoder.encode(text);
    size += rest.length;
    while (rest.length > 0) rest = rest.subarray(await file.write(rest));
  };
  for (let index = 0; index < shape.conversations; index++) {
    await write(
      (index === 0 ? "[" : ",") +
        JSON.stringify(makeConversation(index, shape, random)),
    );
  }
  await write("]");
  return size;
}

function makeConversation(
  index: number,
  shape: ExportShape,
  random: () => number,
): unknown {
  const id = `conversation-${index}`;
  const mapping: Record<string, unknown> = {};
  const count = Math.max(2, Math.round(shape.messages * spread(random)));
  let parent: string | null = null;
  for (let position = 0; position < count; position++) {
    const node = `${id}-node-${position}`;
    mapping[node] = {
      id: node,
      parent,
      children: position + 1 < count ? [`${id}-node-${position + 1}`] : [],
      message: {
        id: node,
        author: {
          role: position % 2 === 0 ? "user" : "assistant",
          name: null,
          metadata: {},
        },
        create_time: 1_700_000_000 + index * 100 + position,
        update_time: null,
        content: {
          content_type: "text",
          parts: [text(shape.characters * (0.5 + random()), random)],
        },
        status: "finished_successfully",
        end_turn: true,
        weight: 1,
        metadata: {
          model_slug: "gpt-4o",
          request_id: node,
          timestamp_: "absolute",
        },
        recipient: "all",
      },
    };
    parent = node;
  }
  return {
    title: `Conversation ${index}`,
    create_time: 1_700_000_000 + index * 100,
    update_time: 1_700_000_050 + index * 100,
    mapping,
    moderation_results: [],
    current_node: parent,
    conversation_id: id,
    id,
    is_archived: false,
    default_model_slug: "gpt-4o",
  };
}

/** Log-normal with mean 1. */
function spread(random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) *
    Math.cos(2 * Math.PI * random());
  return Math.exp(SIGMA * normal - SIGMA ** 2 / 2);
}

const SIGMA = 1;

function text(characters: number, random: () => number): string {
  let made = "";
  while (made.length < characters) {
    made += WORDS[Math.floor(random() * WORDS.length)];
    made += random() < 0.05 ? "\n" : random() < 0.02 ? ' "quoted" ' : " ";
  }
  return made;
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
