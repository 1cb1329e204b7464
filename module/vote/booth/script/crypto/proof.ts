// Belenios' zero-knowledge proofs, crypto version 1 (docs/PROTOCOL-BELENIOS.md, appendices
// B5 and B6). A proof is planned first, which makes its commitments; their texts, made of
// many points together, then finish it.

import { challenge, generator, mod, multiply, type Point, randomScalar, texts, times } from "./group.ts";
import { sumOf, type Table } from "./table.ts";

// What a proof lacks until its commitments have texts.
export interface Plan<T> {
  points: Point[];
  finish(texts: string[]): T;
}

// What the prover knows of a ciphertext: it holds plaintext with this randomness.
export interface Witness {
  randomness: bigint;
  plaintext: bigint;
}

const written = (challenge: bigint, response: bigint): string => `{"challenge":"${challenge}","response":"${response}"}`;

// finishOne makes a single proof's text at once.
export const finishOne = <T>(plan: Plan<T>): T => plan.finish(texts(plan.points));

// Knowledge of the secret behind g·secret, bound to a purpose and a message (Schnorr). With
// a message to be signed it is its signature.
export function knowledge(purpose: string, message: string, secret: bigint): Plan<string> {
  const w = randomScalar();
  return {
    points: [times(w)],
    finish: ([a]) => {
      const c = challenge(`${purpose}|${message}|${a}`);
      return written(c, mod(w - secret * c));
    },
  };
}

// At least one of several ciphertexts under a key holds zero, without telling which
// (Cramer, Damgård, Schoenmakers). With t = response + randomness·challenge a branch's
// commitments are t·g and t·key + (plaintext·challenge)·g: all branches are made alike, and
// one true branch has its challenge replaced in the end by what makes the sum right.
export function oneOf(purpose: string, message: string, key: Table, branches: Witness[]): Plan<string> {
  const t = branches.map(randomScalar);
  const challenges = branches.map(randomScalar);
  const points = branches.flatMap((b, i) => [
    times(t[i]!),
    sumOf([key, t[i]!], [generator(), mod(b.plaintext * challenges[i]!)]),
  ]);
  return {
    points,
    finish: (commitments) => {
      const sum = challenge(`${purpose}|${message}|${commitments.join(",")}`);
      const missing = challenges.reduce((n, c) => n - c, sum);
      const chosen = branches.findIndex((b) => b.plaintext === 0n);
      if (chosen < 0) throw new Error("no branch of the statement is true");
      return "[" + branches.map((b, i) => {
        const c = mod(challenges[i]! + (i === chosen ? missing : 0n));
        return written(c, mod(t[i]! - b.randomness * c));
      }).join(",") + "]";
    },
  };
}

// The ciphertext (alpha, beta) does not hold zero: the commitment is its plaintext times a
// secret number.
export function nonZero(message: string, key: Table, alpha: Point, beta: Point, w: Witness): Plan<string> {
  const [s, w1, w2] = [randomScalar(), randomScalar(), randomScalar()];
  if (w.plaintext === 0n) throw new Error("no candidate is chosen");
  return {
    points: [
      times(mod(s * w.plaintext)),
      multiply(alpha, w1).add(times(w2)),
      multiply(beta, w1).add(sumOf([key, w2])),
    ],
    finish: ([commitment, a1, a2]) => {
      const c = challenge(`nonzero|${message}|${commitment},${a1},${a2}`);
      const responses = `["${mod(w1 - s * c)}","${mod(w2 + s * w.randomness * c)}"]`;
      return `{"commitment":"${commitment}","challenge":"${c}","response":${responses}}`;
    },
  };
}
