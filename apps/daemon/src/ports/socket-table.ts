/** A listening TCP socket in a table of the kernel. */
export interface ListeningSocket {
  port: number;
  address: string;
  inode: string;
}

const LISTEN = "0A";

/** The listening sockets in the text of `/proc/net/tcp` or `/proc/net/tcp6`. */
export function listeningSockets(table: string): ListeningSocket[] {
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    const [address = "", port = ""] = local.split(":");
    if (state !== LISTEN || inode === undefined) return [];
    return [{ port: Number.parseInt(port, 16), address: addressOf(address), inode }];
  });
}

/** The kernel prints an address as words of four bytes in the byte order of the machine: little-endian on x64 and arm64. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, "hex")].reverse());
  if (bytes.length === 4) return bytes.join(".");
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return bytes.slice(12).join(".");
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16),
  );
  // URL shortens an address to its canonical form.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
