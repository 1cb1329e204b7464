// Tables of multiples of points that are multiplied again and again: the generator and an
// election's key. A number is written in signed digits of six bits, and the sum of one multiple for
// each digit is the product: 43 additions and no doubling (Brickell, Gordon, McCurley and Wilson,
// Fast exponentiation with precomputation, 1992).
//
// Numbers are secret. Each digit costs the same whatever it is: all multiples of its place are
// looked at, and digit 0 adds the neutral element. (What the browser's own integers do with their
// values is not in our hands.)

import { normalizeZ } from "@noble/curves/abstract/curve.js";
import { ed25519 } from "@noble/curves/ed25519.js";

const { Point } = ed25519;
type Point = InstanceType<typeof Point>;

const p = Point.Fp.ORDER;
const twice = (2n * Point.CURVE().d) % p;

const width = 6; // bits of a digit, which is from −32 to 31
const half = 1 << (width - 1);
const places = 43; // of a number below the group's order

// A multiple (x, y) as it is added: y + x, y − x and 2·d·x·y.
type Multiple = readonly [bigint, bigint, bigint];

const neutral: Multiple = [1n, 1n, 0n];

export class Table {
  private readonly multiples: Multiple[] = []; // 1 to 32 times 64^place, place by place

  constructor(readonly point: Point) {
    const points: Point[] = [];
    let base = point;
    for (let place = 0; place < places; place++) {
      let multiple = base;
      for (let i = 0; i < half; i++) {
        points.push(multiple);
        multiple = multiple.add(base);
      }
      base = points.at(-1)!.double();
    }
    for (const { X: x, Y: y } of normalizeZ(Point, points)) this.multiples.push([(y + x) % p, (y - x) % p, (((x * y) % p) * twice) % p]);
  }

  // at is the multiple of a digit at a place.
  at(place: number, digit: number): Multiple {
    const wanted = Math.abs(digit), first = place * half - 1;
    let found = neutral;
    for (let i = 1; i <= half; i++) found = i === wanted ? this.multiples[first + i]! : found;
    const opposite: Multiple = [found[1], found[0], -found[2]];
    return digit < 0 ? opposite : found;
  }
}

function digits(n: bigint): number[] {
  const mask = (1n << BigInt(width)) - 1n;
  const list: number[] = [];
  for (let place = 0, carry = 0; place < places; place++) {
    const digit = Number(n & mask) + carry;
    n >>= BigInt(width);
    carry = (digit + half) >> width;
    list.push(digit - (carry << width));
  }
  return list;
}

const positive = (n: bigint): bigint => ((n % p) + p) % p;

// sumOf is the sum of points, each with its table, times numbers below the group's order. The
// sum is kept in extended coordinates, and each addition is of a point with z = 1 (Hisil, Wong,
// Carter and Dawson, Twisted Edwards curves revisited, 2008, section 3.1).
export function sumOf(...parts: [Table, bigint][]): Point {
  let x = 0n, y = 1n, z = 1n, t = 0n;
  for (const [table, n] of parts) {
    const list = digits(n);
    for (let place = 0; place < places; place++) {
      const [sum, difference, product] = table.at(place, list[place]!);
      const a = ((y - x) * difference) % p;
      const b = ((y + x) * sum) % p;
      const c = (t * product) % p;
      const d = z + z;
      const e = b - a, f = d - c, g = d + c, h = b + a;
      x = (e * f) % p;
      y = (g * h) % p;
      z = (f * g) % p;
      t = (e * h) % p;
    }
  }
  return new Point(positive(x), positive(y), positive(z), positive(t));
}
