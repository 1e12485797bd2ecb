import { expect, test } from "vitest";
import { listeningSockets } from "./socket-table.ts";

const line = (local: string, state: string, inode: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 100 0 0 10 0`;
const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

test("only listening sockets are read, with their address, port and inode", () => {
  const table = [
    HEAD,
    line("0100007F:1F90", "0A", 11),
    line("00000000:0016", "0A", 12),
    line("0100007F:1F90", "01", 13),
  ];
  expect(listeningSockets(`${table.join("\n")}\n`)).toEqual([
    { port: 8080, address: "127.0.0.1", inode: "11" },
    { port: 22, address: "0.0.0.0", inode: "12" },
  ]);
});

test.each([
  ["00000000000000000000000001000000", "::1"],
  ["00000000000000000000000000000000", "::"],
  ["0000000000000000FFFF00000100007F", "127.0.0.1"],
  ["B80D0120000000000000000001000000", "2001:db8::1"],
])("the IPv6 address %s is %s", (hex, address) => {
  expect(listeningSockets(line(`${hex}:0050`, "0A", 1))).toEqual([{ port: 80, address, inode: "1" }]);
});
