import { expect, test } from "bun:test";
import { decodeAttributes, decodeMessages, encodeMessage, textAttribute } from "./netlink.ts";

test("a message is what ip(8) sends", () => {
  // ip link show lo: RTM_GETLINK, NLM_F_REQUEST, sequence 7, struct ifinfomsg, IFLA_IFNAME "lo"
  const bytes = encodeMessage(18, 1, 7, new Uint8Array(16), [textAttribute(3, "lo")]);

  expect(bytes.toHex()).toBe(
    [
      "28000000",
      "1200",
      "0100",
      "07000000",
      "00000000",
      "00".repeat(16),
      "0700",
      "0300",
      "6c6f0000",
    ].join(""),
  );
});

test("what is encoded is decoded, several messages in a row, attributes of any length", () => {
  const attributes = [
    { type: 1, data: Uint8Array.of() },
    { type: 2, data: Uint8Array.of(1) },
    { type: 3, data: Uint8Array.of(1, 2, 3, 4) },
    { type: 4, data: Uint8Array.of(1, 2, 3, 4, 5) },
  ];
  const one = encodeMessage(16, 2, 1, Uint8Array.of(9, 9, 9, 9), attributes);

  const messages = decodeMessages(Uint8Array.of(...one, ...one));

  expect(messages.map(({ type }) => type)).toEqual([16, 16]);
  for (const { body } of messages) {
    expect(body.subarray(0, 4)).toEqual(Uint8Array.of(9, 9, 9, 9));
    expect(decodeAttributes(body.subarray(4))).toEqual(attributes);
  }
});

test("flags in the type of an attribute are not part of it", () => {
  const NLA_F_NESTED = 0x8000;
  const bytes = encodeMessage(0, 0, 0, new Uint8Array(), [
    { type: 5 + NLA_F_NESTED, data: Uint8Array.of(1, 2, 3, 4) },
  ]);
  expect(decodeAttributes(bytes.subarray(16)).map(({ type }) => type)).toEqual([5]);
});

test("what is cut off ends the reading", () => {
  expect(decodeMessages(new Uint8Array(7))).toEqual([]);
  expect(decodeMessages(new Uint8Array(20))).toEqual([]);
  expect(decodeAttributes(Uint8Array.of(0, 0, 1, 0))).toEqual([]);
});
