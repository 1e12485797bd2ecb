import { DomainError } from "@berth/domain";

export const damaged = (why: string): DomainError =>
  new DomainError("invalid_input", `The archive is damaged, truncated or in another format: ${why}.`);

/** A header field: octal digits, or a signed big-endian number when the first bit is set. */
export function binaryOrOctal(block: Buffer, at: number, width: number): bigint {
  const bytes = block.subarray(at, at + width);
  const first = bytes[0] ?? 0;
  if (first & 0x80) {
    const isNegative = (first & 0x40) !== 0;
    let value = isNegative ? -1n : 0n;
    bytes.forEach((byte, index) => {
      value = (value << 8n) | BigInt(index === 0 ? (byte & 0x7f) | (isNegative ? 0x80 : 0) : byte);
    });
    return value;
  }
  const text =
    bytes
      .toString("latin1")
      .replace(/[\0 ]+$/, "")
      .replace(/^[\0 ]+/, "")
      .split(/[\0 ]/)[0] ?? "";
  if (text === "") return 0n;
  if (!/^[0-7]+$/.test(text)) throw damaged("a number in a header is invalid");
  return BigInt(`0o${text}`);
}

export function wholeNumber(value: Buffer, what: string): number {
  const text = value.toString("latin1");
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw damaged(`the ${what} of an entry is not a number`);
  return number;
}

const DECIMAL = /^(-?)(\d{1,18})(?:\.(\d{0,40}))?(?:e([+-]?\d{1,2}))?$/;

/**
 * Parses decimal seconds, e.g. `-12.000000001`, or `1e-09` as Python writes a nanosecond. Truncates below one nanosecond.
 */
export function decimalNs(value: Buffer): bigint {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = DECIMAL.exec(value.toString("latin1")) ?? [];
  if (whole === "") throw damaged("the time of an entry is not a number");
  const digits = BigInt(whole + fraction);
  const shift = 9 + Number(exponent) - fraction.length;
  const ns = shift < 0 ? digits / 10n ** BigInt(-shift) : digits * 10n ** BigInt(shift);
  return sign === "-" ? -ns : ns;
}
