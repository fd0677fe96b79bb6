/** Makes ZIPs by hand, sound ones and such as no packer would make. @module */

import { crc32, deflateRawSync } from "node:zlib";

/** One file of a ZIP. */
export interface ZipFile {
  readonly path: string;
  readonly data: string | Uint8Array;
  /** Without compression; deflated unless set. */
  readonly stored?: boolean;
  /** With sizes and checksum behind the data instead of before it, as streaming packers do. */
  readonly descriptor?: boolean;
  /** With sizes and offset in zip64's extra field. */
  readonly zip64?: boolean;
  /** As a symbolic link, of which the data is the target. */
  readonly symlink?: boolean;
  /** What the ZIP claims, where it is not the truth. */
  readonly claim?: {
    readonly crc?: number;
    readonly size?: number;
    readonly packedSize?: number;
    readonly method?: number;
    readonly encrypted?: boolean;
    readonly offset?: number;
  };
}

/** Options of {@linkcode makeZip}. */
export interface ZipOptions {
  /** With a zip64 end of the directory. */
  readonly zip64?: boolean;
  /** Bytes before the first entry, as in a self-extracting archive. */
  readonly prefix?: Uint8Array;
}

const MAX_32 = 0xffffffff;
/** Always the same: 1 January 2024. */
const DOS_TIME = 0, DOS_DATE = (44 << 9) | (1 << 5) | 1;

/** The bytes of a ZIP; the same files always make the same ZIP. */
export function makeZip(
  files: readonly ZipFile[],
  options: ZipOptions = {},
): Uint8Array<ArrayBuffer> {
  const out: Uint8Array[] = options.prefix ? [options.prefix] : [];
  let offset = options.prefix?.length ?? 0;
  const put = (bytes: Uint8Array) => {
    out.push(bytes);
    offset += bytes.length;
  };
  const directory: Uint8Array[] = [];
  for (const file of files) {
    const at = offset;
    const { local, packed, trailer, central } = entry(file, at);
    for (const bytes of [local, packed, trailer]) put(bytes);
    directory.push(central);
  }
  const start = offset;
  for (const record of directory) put(record);
  const size = offset - start;
  if (options.zip64) {
    const end64 = offset;
    put(record(
      [4, 0x06064b50],
      [8, 44],
      [2, 45],
      [2, 45],
      [4, 0],
      [4, 0],
      [
        8,
        files.length,
      ],
      [8, files.length],
      [8, size],
      [8, start],
    ));
    put(record([4, 0x07064b50], [4, 0], [8, end64], [4, 1]));
  }
  const count = options.zip64 ? 0xffff : files.length;
  put(record(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, options.zip64 ? MAX_32 : size],
    [4, options.zip64 ? MAX_32 : start],
    [2, 0],
  ));
  return join(out);
}

function entry(file: ZipFile, at: number) {
  const { path, stored, descriptor, zip64, symlink, claim = {} } = file;
  const data = typeof file.data === "string"
    ? new TextEncoder().encode(file.data)
    : file.data;
  const packed: Uint8Array = stored ? data : deflateRawSync(data);
  const name = new TextEncoder().encode(path);
  const crc = claim.crc ?? crc32(data);
  const size = claim.size ?? data.length;
  const packedSize = claim.packedSize ?? packed.length;
  const offset = claim.offset ?? at;
  // Bit 0: encrypted, 3: descriptor, 11: names in UTF-8.
  const flags = (claim.encrypted ? 1 : 0) | (descriptor ? 8 : 0) | 0x800;
  const method = claim.method ?? (stored ? 0 : 8);
  const head: [number, number][] = [
    [2, zip64 ? 45 : 20],
    [2, flags],
    [2, method],
    [2, DOS_TIME],
    [2, DOS_DATE],
  ];
  const sizes64: [number, number][] = [[8, size], [8, packedSize]];
  const localExtra = zip64 && !descriptor
    ? record([2, 1], [2, 16], ...sizes64)
    : new Uint8Array();
  const centralExtra = zip64
    ? record([2, 1], [2, 24], ...sizes64, [8, offset])
    : new Uint8Array();
  const sizes = (extra: boolean): [number, number][] => [
    [4, extra ? MAX_32 : packedSize],
    [4, extra ? MAX_32 : size],
  ];
  const local = join([
    record(
      [4, 0x04034b50],
      ...head,
      [4, descriptor ? 0 : crc],
      ...(descriptor
        ? [[4, 0], [4, 0]] as [number, number][]
        : sizes(zip64 === true)),
      [2, name.length],
      [2, localExtra.length],
    ),
    name,
    localExtra,
  ]);
  const width = zip64 ? 8 : 4;
  const trailer = descriptor
    ? record([4, 0x08074b50], [4, crc], [width, packedSize], [width, size])
    : new Uint8Array();
  const central = join([
    record(
      [4, 0x02014b50],
      // Made on Unix, whose modes tell links.
      [2, symlink ? (3 << 8) | 45 : 45],
      ...head,
      [4, crc],
      ...sizes(zip64 === true),
      [2, name.length],
      [2, centralExtra.length],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, symlink ? 0o120777 * 2 ** 16 : 0],
      [4, zip64 ? MAX_32 : offset],
    ),
    name,
    centralExtra,
  ]);
  return { local, packed, trailer, central };
}

/** Numbers in little-endian order, each with its width in bytes. */
function record(...fields: [width: number, value: number][]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}

function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(
    pieces.reduce((sum, piece) => sum + piece.length, 0),
  );
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
