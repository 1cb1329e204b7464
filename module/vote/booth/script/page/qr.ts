// QR codes (ISO/IEC 18004): texts as bytes, error correction M, up to version 15, which
// holds 412 bytes.

import { svg } from "./dom.ts";

// Of versions 1 to 15: how many bytes of error correction a block has, and how many blocks
// there are (table 9, level M).
const correction = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24];
const blocks = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10];

// modules counts the squares that hold data, in all bytes (table 1).
function capacity(version: number): number {
  let squares = (16 * version + 128) * version + 64;
  if (version > 1) {
    const align = Math.floor(version / 7) + 2;
    squares -= (25 * align - 10) * align - 55;
    if (version > 6) squares -= 36;
  }
  return Math.floor(squares / 8);
}

// times multiplies in the field of 256 elements modulo x^8 + x^4 + x^3 + x^2 + 1.
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> bit) & 1) * a;
  }
  return product;
}

// generator is the product of x − 2^i for i below n, without its first coefficient.
function generator(n: number): number[] {
  const g = new Array<number>(n).fill(0);
  g[n - 1] = 1;
  let root = 1;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) g[j] = times(g[j]!, root) ^ (g[j + 1] ?? 0);
    root = times(root, 2);
  }
  return g;
}

function remainder(data: number[], g: number[]): number[] {
  const r = g.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ r.shift()!;
    r.push(0);
    g.forEach((c, i) => (r[i]! ^= times(c, factor)));
  }
  return r;
}

// codewords are the text's bytes with their error correction, interleaved.
function codewords(bytes: Uint8Array, version: number): number[] {
  const ecc = correction[version - 1]!, count = blocks[version - 1]!, all = capacity(version);
  const room = all - ecc * count;
  const bits: number[] = [];
  const put = (value: number, n: number): void => {
    for (let i = n - 1; i >= 0; i--) bits.push((value >>> i) & 1);
  };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const b of bytes) put(b, 8);
  put(0, Math.min(4, 8 * room - bits.length));
  put(0, -bits.length & 7);
  for (let pad = 0xec; bits.length < 8 * room; pad ^= 0xec ^ 0x11) put(pad, 8);
  const data = Array.from({ length: room }, (_, i) => bits.slice(8 * i, 8 * i + 8).reduce((n, bit) => 2 * n + bit, 0));

  const g = generator(ecc), short = Math.floor(room / count), long = room % count;
  const parts: number[][] = [], checks: number[][] = [];
  for (let i = 0, at = 0; i < count; i++) {
    const part = data.slice(at, (at += short + (i < count - long ? 0 : 1)));
    parts.push(part);
    checks.push(remainder(part, g));
  }
  const across = (rows: number[][], n: number): number[] =>
    Array.from({ length: n }, (_, i) => rows.flatMap((row) => (i < row.length ? [row[i]!] : []))).flat();
  return [...across(parts, short + 1), ...across(checks, ecc)];
}

const masks: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0, (_, y) => y % 2 === 0, (x) => x % 3 === 0, (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0, (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

// bch appends to a value what makes it divisible by a polynomial of so many bits.
function bch(value: number, polynomial: number, bits: number): number {
  let r = value << bits;
  for (let i = 31; i >= bits; i--) if ((r >>> i) & 1) r ^= polynomial << (i - bits);
  return (value << bits) | r;
}

// penalty is how ill a symbol can be read (section 7.8.3).
function penalty(rows: boolean[][]): number {
  const n = rows.length;
  let sum = 0, dark = 0;
  for (const line of [...rows, ...rows.map((_, x) => rows.map((row) => row[x]!))]) {
    const text = line.map((d) => (d ? "1" : "0")).join("");
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    for (let i = 0; i + 11 <= n; i++) if (/^(00001011101|10111010000)/.test(text.slice(i, i + 11))) sum += 40;
  }
  rows.forEach((row, y) => row.forEach((d, x) => {
    if (d) dark++;
    if (x > 0 && y > 0 && d === row[x - 1] && d === rows[y - 1]![x] && d === rows[y - 1]![x - 1]) sum += 3;
  }));
  return sum + 10 * Math.floor(Math.abs(dark * 20 - n * n * 10) / (n * n));
}

// squares are the rows of a text's symbol: true is dark.
export function squares(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  let version = 1;
  while (capacity(version) - correction[version - 1]! * blocks[version - 1]! < bytes.length + (version < 10 ? 2 : 3)) {
    if (++version > blocks.length) throw new Error("the text is too long for a QR code");
  }
  const n = 4 * version + 17;
  const rows = Array.from({ length: n }, () => new Array<boolean>(n).fill(false));
  const fixed = Array.from({ length: n }, () => new Array<boolean>(n).fill(false));
  const set = (x: number, y: number, dark: boolean): void => {
    if (x < 0 || y < 0 || x >= n || y >= n) return;
    rows[y]![x] = dark;
    fixed[y]![x] = true;
  };
  const rings = (cx: number, cy: number, to: number, light: number[]): void => {
    for (let y = -to; y <= to; y++) for (let x = -to; x <= to; x++) set(cx + x, cy + y, !light.includes(Math.max(Math.abs(x), Math.abs(y))));
  };
  for (let i = 0; i < n; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [n - 4, 3], [3, n - 4]] as const) rings(x, y, 4, [2, 4]);
  const many = version === 1 ? 0 : Math.floor(version / 7) + 2;
  const step = Math.ceil((n - 13) / (2 * many - 2)) * 2;
  const at = Array.from({ length: many }, (_, i) => (i === 0 ? 6 : n - 7 - (many - 1 - i) * step));
  for (const y of at) for (const x of at) if (![`6,6`, `6,${n - 7}`, `${n - 7},6`].includes(`${x},${y}`)) rings(x, y, 2, [1]);
  const format = (mask: number): void => { // level M is 0
    const bits = bch(mask, 0x537, 10) ^ 0x5412;
    for (let i = 0; i < 15; i++) {
      const dark = ((bits >>> i) & 1) === 1;
      set(8, i < 6 ? i : i < 8 ? i + 1 : n - 15 + i, dark);
      set(i < 8 ? n - 1 - i : i === 8 ? 7 : 14 - i, 8, dark);
    }
    set(8, n - 8, true);
  };
  format(0);
  for (let i = 0, bits = bch(version, 0x1f25, 12); version > 6 && i < 18; i++) {
    const a = n - 11 + (i % 3), b = Math.floor(i / 3), dark = ((bits >>> i) & 1) === 1;
    set(a, b, dark);
    set(b, a, dark);
  }
  // Data runs in columns of two, up and down, from the right.
  const data = codewords(bytes, version);
  let next = 0;
  for (let right = n - 1, up = true; right > 0; right -= right === 8 ? 3 : 2, up = !up) {
    for (let i = 0; i < n; i++) {
      for (const x of [right, right - 1]) {
        const y = up ? n - 1 - i : i;
        if (fixed[y]![x]) continue;
        if (next < 8 * data.length) rows[y]![x] = ((data[next >>> 3]! >>> (7 - (next & 7))) & 1) === 1;
        next++;
      }
    }
  }
  const masked = (mask: number): void => rows.forEach((row, y) => row.forEach((_, x) => {
    if (!fixed[y]![x] && masks[mask]!(x, y)) row[x] = !row[x];
  }));
  const costs = masks.map((_, mask) => {
    format(mask);
    masked(mask);
    const cost = penalty(rows);
    masked(mask);
    return cost;
  });
  const best = costs.indexOf(Math.min(...costs));
  format(best);
  masked(best);
  return rows;
}

// The empty border of a code, in squares.
const quiet = 4;

// qr is a text's code as a picture that prints well.
export function qr(text: string, label: string): SVGElement {
  const rows = squares(text);
  const path = rows.map((row, y) => row.map((dark, x) => (dark ? `M${x + quiet} ${y + quiet}h1v1h-1z` : "")).join("")).join("");
  const side = rows.length + 2 * quiet;
  return svg("svg", { class: "qr", role: "img", "aria-label": label, viewBox: `0 0 ${side} ${side}`, "shape-rendering": "crispEdges" },
    svg("path", { d: path, fill: "#000" }));
}
