// The Ed25519 group as Belenios writes it (docs/PROTOCOL-BELENIOS.md, appendix B2). A
// point's text is 64 hex digits of y + 2^255·(x mod 2), big-endian; a scalar's is decimal.

import { normalizeZ } from "@noble/curves/abstract/curve.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { hex } from "./hex.ts";
import { sumOf, Table } from "./table.ts";

export const Point = ed25519.Point;
export type Point = InstanceType<typeof Point>;

// The group's order.
export const q = Point.Fn.ORDER;

export const mod = (n: bigint): bigint => ((n % q) + q) % q;

const utf8 = new TextEncoder();

export const digest = (text: string): Uint8Array => sha256(utf8.encode(text));

// Base 64 without padding, as trackers and fingerprints are written.
export const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes)).replaceAll("=", "");

const bigEndian = (bytes: Uint8Array): bigint => BigInt("0x" + hex(bytes));

// The challenge of a text: its SHA-256 as a number modulo q.
export const challenge = (text: string): bigint => mod(bigEndian(digest(text)));

// Two SHA-256 sums, one after the other, as a number modulo q.
export const wideHash = (first: string, second: string): bigint =>
  mod(BigInt("0x" + hex(digest(first)) + hex(digest(second))));

// A uniform scalar.
export const randomScalar = (): bigint => mod(bigEndian(crypto.getRandomValues(new Uint8Array(64))));

// The multiple of a point by a secret number. Zero takes as long as any other.
export function multiply(p: Point, n: bigint): Point {
  const product = p.multiply(n === 0n ? 1n : n);
  return n === 0n ? Point.ZERO : product;
}

let base: Table | undefined;

// generator is the group's own table, made when it is first needed.
export const generator = (): Table => (base ??= new Table(Point.BASE));

export const times = (n: bigint): Point => sumOf([generator(), n]);

// Points' texts, with one inversion for all of them.
export function texts(points: Point[]): string[] {
  return normalizeZ(Point, points).map((p) => (p.Y | ((p.X & 1n) << 255n)).toString(16).padStart(64, "0"));
}

export const text = (p: Point): string => texts([p])[0]!;

// The point of order q with this number as its text, if there is one.
function pointOf(n: bigint): Point | undefined {
  const little = Uint8Array.from(n.toString(16).padStart(64, "0").match(/../g)!, (h) => parseInt(h, 16)).reverse();
  try {
    const p = Point.fromBytes(little);
    return p.isTorsionFree() ? p : undefined;
  } catch {
    return undefined;
  }
}

export function parsePoint(digits: string): Point {
  const p = /^[0-9a-f]{64}$/.test(digits) ? pointOf(BigInt("0x" + digits)) : undefined;
  if (!p) throw new Error("not a point of the group");
  return p;
}

// How many bits below the integers of a point are free to make it one.
const padding = 14n;

// A point that holds integers from 0 to 255, the first as the most significant byte.
export function holdIntegers(integers: number[]): Point {
  const first = integers.reduce((n, i) => (n << 8n) | BigInt(i), 0n) << padding;
  for (let n = first; n < first + (1n << padding); n++) {
    const p = pointOf(n);
    if (p) return p;
  }
  throw new Error("no point holds these integers");
}
