// The server's promise to a voter (docs/PROTOCOL.md section 10): a note of seven lines,
// signed with the receipt key (c2sp.org/signed-note).

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

export interface Expected {
  log: string;
  receipt: string; // verifier key: name+hash+base64 of 0x01 and the key
  election: string;
  credential: string;
  tracker: string; // hex
}

export interface Checked {
  issued: string;
  deadline: string;
}

// checkPromise returns the times of a promise of what is expected; it throws if it is none.
export function checkPromise(note: string, want: Expected): Checked {
  const cut = note.lastIndexOf("\n\n");
  const text = note.slice(0, cut + 1);
  const lines = text.split("\n");
  const [header, log, election, credential, tracker, issued, deadline, end] = lines;
  if (lines.length !== 8 || end !== "" || header !== "bayyina.promise/1") throw new Error("not a promise");
  if (log !== want.log || election !== want.election || credential !== want.credential || tracker !== want.tracker) {
    throw new Error("a promise about something else");
  }
  if (!(Date.parse(deadline!) >= Date.parse(issued!))) throw new Error("its deadline is before it was issued");
  const [, name, , key] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(want.receipt) ?? [];
  const kind = bytesOf(key ?? "");
  if (kind[0] !== 1 || kind.length !== 33) throw new Error("not an Ed25519 key");
  const utf8 = new TextEncoder();
  const id = sha256(new Uint8Array([...utf8.encode(`${name}\n`), ...kind])).slice(0, 4);
  for (const line of note.slice(cut + 2).split("\n")) {
    if (!line.startsWith(`— ${name} `)) continue;
    const signature = bytesOf(line.slice(name!.length + 3));
    if (!same(signature.slice(0, 4), id)) continue;
    if (ed25519.verify(signature.slice(4), utf8.encode(text), kind.slice(1))) return { issued: issued!, deadline: deadline! };
  }
  throw new Error("not signed by the server");
}
