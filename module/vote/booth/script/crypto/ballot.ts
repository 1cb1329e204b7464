// Encrypted ballots with their proofs, byte for byte as Belenios 3.3 makes them
// (docs/PROTOCOL-BELENIOS.md, appendix B6). Text is built by hand: each hash is over exactly
// this spelling.

import type { Election, Homomorphic, Lists, Question, Ranked, Vote } from "./election.ts";
import { base64, digest, holdIntegers, mod, Point, randomScalar, text, texts, times } from "./group.ts";
import { finishOne, knowledge, nonZero, oneOf, type Plan, type Witness } from "./proof.ts";
import { sumOf, type Table } from "./table.ts";

// How many plans get their texts together: enough to share an inversion, and few enough to
// tell how far it is.
const together = 12;

// What all answers of one ballot are bound to.
interface Voter {
  key: Table;
  message: string; // fingerprint | credential
  progress: (done: number) => void; // proofs made since it was told last
}

interface Encrypted {
  alpha: Point;
  beta: Point;
  text: string; // alpha,beta
  known: Witness;
}

const written = (c: Encrypted): string => {
  const [alpha, beta] = c.text.split(",");
  return `{"alpha":"${alpha}","beta":"${beta}"}`;
};

const list = (parts: string[]): string => `[${parts.join(",")}]`;

const joined = (choices: Encrypted[]): string => choices.map((c) => c.text).join(",");

// encrypt makes a ciphertext of each point.
function encrypt(v: Voter, held: { point: Point; plaintext: bigint }[]): Encrypted[] {
  const parts = held.map(({ point, plaintext }) => {
    const randomness = randomScalar();
    return { alpha: times(randomness), beta: sumOf([v.key, randomness]).add(point), known: { randomness, plaintext } };
  });
  const made = texts(parts.flatMap((c) => [c.alpha, c.beta]));
  return parts.map((c, i) => ({ ...c, text: `${made[2 * i]},${made[2 * i + 1]}` }));
}

// Votes that are added up are 0 or 1.
const encryptNumbers = (v: Voter, votes: number[]): Encrypted[] =>
  encrypt(v, votes.map((n) => ({ point: [Point.ZERO, Point.BASE][n]!, plaintext: BigInt(n) })));

// finish makes the proofs' texts, a few at a time.
function finish(v: Voter, plans: (() => Plan<string>)[]): string[] {
  const proofs: string[] = [];
  for (let i = 0; i < plans.length; i += together) {
    const some = plans.slice(i, i + together).map((plan) => plan());
    const made = texts(some.flatMap((p) => p.points));
    for (const p of some) proofs.push(p.finish(made.splice(0, p.points.length)));
    v.progress(some.length);
  }
  return proofs;
}

const sum = (choices: Encrypted[]): Encrypted => {
  const alpha = choices.reduce((p, c) => p.add(c.alpha), Point.ZERO);
  const beta = choices.reduce((p, c) => p.add(c.beta), Point.ZERO);
  return {
    alpha, beta, text: texts([alpha, beta]).join(","),
    known: {
      randomness: mod(choices.reduce((n, c) => n + c.known.randomness, 0n)),
      plaintext: choices.reduce((n, c) => n + c.known.plaintext, 0n),
    },
  };
};

// shifts is what is known of a ciphertext less each number from low to high.
const shifts = (w: Witness, low: number, high: number): Witness[] =>
  Array.from({ length: high - low + 1 }, (_, i) => ({ ...w, plaintext: w.plaintext - BigInt(low + i) }));

const bits = (v: Voter, choices: Encrypted[]): (() => Plan<string>)[] =>
  choices.map((c) => () => oneOf("prove", `${v.message}|${c.text}`, v.key, shifts(c.known, 0, 1)));

interface Answer {
  text: string;
  randomness: bigint[];
}

function homomorphic(q: Homomorphic, v: Voter, votes: number[]): Answer {
  const choices = encryptNumbers(v, votes);
  const whole = `${v.message}|${joined(choices)}`;
  const plans = bits(v, choices);
  if (q.blank) {
    const blank = choices[0]!.known;
    const rest = sum(choices.slice(1)).known;
    plans.push(() => oneOf("bproof1", whole, v.key, [...shifts(blank, 1, 1), ...shifts(rest, q.min, q.max)]));
    plans.push(() => oneOf("bproof0", whole, v.key, [blank, rest]));
  } else {
    const all = sum(choices);
    plans.push(() => oneOf("prove", `${whole}|${all.text}`, v.key, shifts(all.known, q.min, q.max)));
  }
  const proofs = finish(v, plans);
  const n = choices.length;
  return {
    randomness: choices.map((c) => c.known.randomness),
    text: `{"choices":${list(choices.map(written))},"individual_proofs":${list(proofs.slice(0, n))},` +
      `"overall_proof":${proofs[n]}${q.blank ? `,"blank_proof":${proofs[n + 1]}` : ""}}`,
  };
}

function lists(q: Lists, v: Voter, votes: number[]): Answer {
  const choices = encryptNumbers(v, votes);
  const whole = `${v.message}|${joined(choices)}`;
  const nested = <T>(values: T[]): T[][] => {
    let at = 0;
    return q.lists.map((l) => values.slice(at, (at += 1 + l.candidates.length)));
  };
  const parts = nested(choices);
  const plans = bits(v, choices);
  const names = sum(parts.map((p) => p[0]!));
  plans.push(() => oneOf("prove", `${whole}|${names.text}`, v.key, shifts(names.known, 1, 1)));
  for (const [name, ...candidates] of parts) {
    plans.push(() => oneOf("lproof", whole, v.key, [...shifts(name!.known, 1, 1), sum(candidates).known]));
  }
  const candidates = sum(parts.flatMap((p) => p.slice(1)));
  plans.push(() => nonZero(whole, v.key, candidates.alpha, candidates.beta, candidates.known));
  const proofs = finish(v, plans);
  const n = choices.length;
  const rows = (values: string[]): string => list(nested(values).map(list));
  return {
    randomness: choices.map((c) => c.known.randomness),
    text: `{"choices":${rows(choices.map(written))},"individual_proofs":${rows(proofs.slice(0, n))},` +
      `"overall_proof":${proofs[n]!.slice(1, -1)},"list_proofs":${list(proofs.slice(n + 1, -1))},"nonzero_proof":${proofs.at(-1)}}`,
  };
}

function ranked(_: Ranked, v: Voter, votes: number[]): Answer {
  const [c] = encrypt(v, [{ point: holdIntegers(votes), plaintext: 0n }]);
  const [proof] = finish(v, [() => knowledge("raweg", `${v.message}|${text(v.key.point)},${c!.text}`, c!.known.randomness)]);
  return { randomness: [c!.known.randomness], text: `{"choices":${written(c!)},"proof":${proof}}` };
}

function answer(q: Question, v: Voter, votes: number[]): Answer {
  switch (q.kind) {
    case "homomorphic":
      return homomorphic(q, v, votes);
    case "lists":
      return lists(q, v, votes);
    case "ranked":
      return ranked(q, v, votes);
  }
}

// How many proofs a ballot has, of which progress is told.
export const proofs = (e: Election): number => e.questions.reduce((n, q) => {
  switch (q.kind) {
    case "homomorphic":
      return n + q.answers.length + (q.blank ? 3 : 1);
    case "lists":
      return n + q.lists.reduce((m, l) => m + l.candidates.length + 2, 2);
    case "ranked":
      return n + 1;
  }
}, 0);

// A ballot that is encrypted, and neither cast nor opened yet.
export interface Draft {
  text: string; // without its signature
  commitment: string;
  vote: Vote;
  randomness: bigint[][];
}

// encryptBallot makes the ballot of the holder of a public credential.
export function encryptBallot(e: Election, fingerprint: string, key: Table, credential: string, vote: Vote,
  progress: (done: number) => void): Draft {
  const v = { key, message: `${fingerprint}|${credential}`, progress };
  const answers = e.questions.map((q, i) => answer(q, v, vote[i]!));
  const made = `{"election_uuid":"${e.uuid}","election_hash":"${fingerprint}","credential":"${credential}",` +
    `"answers":${list(answers.map((a) => a.text))}}`;
  return { text: made, commitment: base64(digest(made)), vote, randomness: answers.map((a) => a.randomness) };
}

// sign makes the ballot to be cast, with the credential's key.
export function sign(d: Draft, secret: bigint): string {
  const proof = finishOne(knowledge("sig", d.commitment, secret));
  return `${d.text.slice(0, -1)},"signature":{"hash":"${d.commitment}","proof":${proof}}}`;
}

// opening is all that is needed to check how the ballot was made. It spoils the ballot.
export const opening = (d: Draft): string => JSON.stringify({
  ballot: d.text, plaintext: d.vote, randomness: d.randomness.map((row) => row.map(String)),
});
