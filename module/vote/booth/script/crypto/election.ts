// What the booth reads of an election's definition (docs/PROTOCOL-BELENIOS.md, appendix B4).

export interface Homomorphic {
  kind: "homomorphic";
  title: string;
  answers: string[];
  blank: boolean;
  min: number;
  max: number;
}

export interface Lists {
  kind: "lists";
  title: string;
  lists: { name: string; candidates: string[] }[];
}

export interface Ranked {
  kind: "ranked";
  title: string;
  answers: string[];
  // With grades the voter gives one to each answer, the first being the best; else ranks.
  grades?: string[];
  blank: boolean;
}

export interface Presentation {
  drawn: boolean; // candidates are shown in an order drawn for each voter
  groups: { name: string; size: number }[]; // of answers, in their order; none where there are none
  photos: string[]; // SHA-256 of each answer's photograph, of lists each candidate's; "" where there is none
}

export type Question = (Homomorphic | Lists | Ranked) & Presentation;

export interface Election {
  uuid: string;
  name: string;
  description: string;
  key: string;
  questions: Question[];
}

// A vote is what is encrypted: for each question its numbers, of lists in one row.
export type Vote = number[][];

interface Value {
  question: string;
  answers: (string | string[])[];
  blank?: boolean;
  min?: number;
  max?: number;
}

interface Hint {
  method?: string;
  blank?: boolean;
  grades?: string[];
  order?: string;
  groups?: [string, number][];
  photos?: string[];
}

type Written = Value | { type: string; value: Value; extra?: Hint };

export function parseElection(definition: string): Election {
  const d = JSON.parse(definition) as Record<string, unknown>;
  if (d.version !== 1 || d.group !== "Ed25519") throw new Error("an election of another kind");
  return {
    uuid: d.uuid as string,
    name: d.name as string,
    description: d.description as string,
    key: d.public_key as string,
    questions: (d.questions as Written[]).map(parseQuestion),
  };
}

function parseQuestion(q: Written): Question {
  const [type, value, hint] = "type" in q ? [q.type, q.value, q.extra ?? {}] : ["Homomorphic", q, {}];
  const shown: Presentation = {
    drawn: hint.order === "drawn",
    groups: (hint.groups ?? []).map(([name, size]) => ({ name, size })),
    photos: hint.photos ?? [],
  };
  const title = value.question;
  switch (type) {
    case "Homomorphic":
      return {
        kind: "homomorphic", title, answers: value.answers as string[], blank: value.blank ?? false,
        min: value.min!, max: value.max!, ...shown,
      };
    case "NonHomomorphic":
      return {
        kind: "ranked", title, answers: value.answers as string[], blank: hint.blank ?? false,
        ...(hint.method === "MajorityJudgment" && hint.grades ? { grades: hint.grades } : {}), ...shown,
      };
    case "Lists":
      return {
        kind: "lists", title, ...shown,
        lists: (value.answers as string[][]).map(([name, ...candidates]) => ({ name: name!, candidates })),
      };
  }
  throw new Error(`a question of another kind: ${type}`);
}
