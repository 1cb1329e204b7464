// What the voter has chosen so far, and what it means.

import type { Homomorphic, Lists, Question, Ranked } from "../crypto/election.ts";
import { half, t } from "./text.ts";

export interface Choice {
  blank: boolean;
  chosen: Set<number>; // answers; of lists their places among all candidates
  list: number; // chosen list, −1 where there is none
  order: number[]; // ranked answers, the first one first
  grades: number[]; // by answer, from 1; 0 where there is none
  shown: number[]; // the order in which answers or lists are shown
}

export function begin(q: Question): Choice {
  const n = q.kind === "lists" ? q.lists.length : q.answers.length;
  const shown = Array.from({ length: n }, (_, i) => i);
  if (q.drawn) draw(shown, q.groups.map((g) => g.size));
  return { blank: false, chosen: new Set(), list: -1, order: [], grades: new Array<number>(n).fill(0), shown };
}

// below is a uniform number from 0 to n − 1.
function below(n: number): number {
  const word = new Uint32Array(1);
  const fair = 2 ** 32 - (2 ** 32 % n);
  do crypto.getRandomValues(word);
  while (word[0]! >= fair);
  return word[0]! % n;
}

// draw puts answers into an order drawn for this voter alone (Fisher and Yates); of groups,
// each within itself.
function draw(order: number[], sizes: number[]): void {
  let start = 0;
  for (const size of sizes.length > 0 ? sizes : [order.length]) {
    for (let i = size - 1; i > 0; i--) {
      const j = below(i + 1);
      [order[start + i], order[start + j]] = [order[start + j]!, order[start + i]!];
    }
    start += size;
  }
}

// places are those of each list's candidates among all.
export function places(q: Lists, list: number): number[] {
  const before = q.lists.slice(0, list).reduce((n, l) => n + l.candidates.length, 0);
  return q.lists[list]!.candidates.map((_, i) => before + i);
}

const bits = (n: number, set: Set<number>): number[] => Array.from({ length: n }, (_, i) => (set.has(i) ? 1 : 0));

// numbers is what is encrypted.
export function numbers(q: Question, c: Choice): number[] {
  switch (q.kind) {
    case "homomorphic": {
      const chosen = bits(q.answers.length, c.blank ? new Set() : c.chosen);
      return q.blank ? [c.blank ? 1 : 0, ...chosen] : chosen;
    }
    case "lists":
      return q.lists.flatMap((_, l) => [l === c.list ? 1 : 0, ...places(q, l).map((i) => (l === c.list && c.chosen.has(i) ? 1 : 0))]);
    case "ranked":
      if (c.blank) return q.answers.map(() => 0);
      return q.grades ? c.grades : q.answers.map((_, i) => c.order.indexOf(i) + 1);
  }
}

// missing says what keeps the vote from counting, undefined where nothing does.
export function missing(q: Question, c: Choice): string | undefined {
  if (c.blank) return undefined;
  switch (q.kind) {
    case "homomorphic":
      return missingOf(q, c);
    case "lists":
      if (c.list < 0) return t("choose-list");
      return places(q, c.list).some((i) => c.chosen.has(i)) ? undefined : t("choose-candidate");
    case "ranked":
      if (q.grades) {
        const left = c.grades.filter((g) => g === 0).length;
        return left > 0 ? t("grade-all", { Count: left }) : undefined;
      }
      return c.order.length === 0 ? t("rank-one") : undefined;
  }
}

function missingOf(q: Homomorphic, c: Choice): string | undefined {
  const n = c.chosen.size;
  if (n > q.max) return t("too-many", { Count: n - q.max, Most: q.max });
  if (n < q.min) return t(q.blank ? "too-few-or-blank" : "too-few", { Count: q.min - n, Least: q.min });
  return undefined;
}

// unused says what a vote that counts leaves unused.
export function unused(q: Question, c: Choice): string | undefined {
  if (c.blank) return undefined;
  if (q.kind === "homomorphic" && c.chosen.size === 0) return t("nothing-chosen");
  if (q.kind === "homomorphic" && c.chosen.size < q.max) return t("could-choose", { Count: q.max - c.chosen.size });
  if (q.kind === "ranked" && !q.grades && c.order.length < q.answers.length) {
    return t("not-ranked", { Count: q.answers.length - c.order.length });
  }
  return undefined;
}

// Line is one of a vote in words; answer is whose it is, of lists the place among all candidates.
export interface Line {
  text: string;
  answer?: number;
}

// describe is the vote in words, line by line.
export function describe(q: Question, c: Choice): Line[] {
  if (c.blank) return [{ text: t("blank") }];
  switch (q.kind) {
    case "homomorphic":
      return chosenOf(q.answers, c);
    case "lists":
      return [{ text: half(q.lists[c.list]!.name) }, ...chosenOf(q.lists.flatMap((l) => l.candidates), c)];
    case "ranked":
      return described(q, c);
  }
}

function chosenOf(names: string[], c: Choice): Line[] {
  if (c.chosen.size === 0) return [{ text: t("none") }];
  return names.flatMap((name, answer) => (c.chosen.has(answer) ? [{ text: half(name), answer }] : []));
}

function described(q: Ranked, c: Choice): Line[] {
  if (q.grades) return q.answers.map((a, answer) => ({ text: t("graded", { Name: half(a), Grade: half(q.grades![c.grades[answer]! - 1]!) }), answer }));
  return c.order.map((answer, rank) => ({ text: t("rank", { Rank: rank + 1, Name: half(q.answers[answer]!) }), answer }));
}
