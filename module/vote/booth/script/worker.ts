// The cryptography of the booth, in a thread of its own. It holds what is secret of a ballot:
// the key that signs, and how the ballot was encrypted.

import { type Draft, encryptBallot, opening, proofs, sign } from "./crypto/ballot.ts";
import { keyOf } from "./crypto/credential.ts";
import { type Election, parseElection, type Vote } from "./crypto/election.ts";
import { base64, digest, generator, parsePoint, text, times } from "./crypto/group.ts";
import { hex } from "./crypto/hex.ts";
import { type Checked, checkPromise, type Expected } from "./crypto/promise.ts";
import { Table } from "./crypto/table.ts";

let election: Election;
let fingerprint: string;
let key: () => Table; // of the election's key, made once
let secret: bigint;
let credential: string;
let draft: Draft | undefined;

const calls = {
  // open reads an election; tables of multiples are made while the voter reads.
  open(definition: string): string {
    election = parseElection(definition);
    const hash = digest(definition);
    fingerprint = base64(hash);
    const point = parsePoint(election.key);
    let table: Table | undefined;
    key = () => (table ??= new Table(point));
    setTimeout(generator);
    setTimeout(key);
    return hex(hash);
  },
  // identify derives the public credential of a private one.
  identify(typed: string): string {
    secret = keyOf(typed, election.uuid);
    credential = text(times(secret));
    return credential;
  },
  encrypt(vote: Vote, progress: (share: number) => void): string {
    const all = proofs(election);
    let done = 0;
    draft = encryptBallot(election, fingerprint, key(), credential, vote, (n) => progress((done += n) / all));
    return draft.commitment;
  },
  // reveal opens the ballot, which can never be cast then.
  reveal(): string {
    const made = opening(taken());
    return made;
  },
  // sign makes the ballot to be cast, and forgets how it was made.
  sign(): { ballot: string; tracker: string } {
    const ballot = sign(taken(), secret);
    return { ballot, tracker: base64(digest(ballot)) };
  },
  promised(note: string, want: Expected): Checked {
    return checkPromise(note, want);
  },
};

export type Calls = typeof calls;

function taken(): Draft {
  const d = draft;
  draft = undefined;
  if (!d) throw new Error("there is no ballot");
  return d;
}

interface Asked {
  id: number;
  call: keyof Calls;
  args: unknown[];
}

onmessage = ({ data }: MessageEvent<Asked>) => {
  const { id, call, args } = data;
  try {
    const f = calls[call] as (...args: unknown[]) => unknown;
    postMessage({ id, result: f(...args, (progress: number) => postMessage({ id, progress })) });
  } catch (e) {
    postMessage({ id, error: (e as Error).message });
  }
};

postMessage({ ready: true });
