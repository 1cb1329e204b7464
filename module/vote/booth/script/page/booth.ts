// What all pages of the booth share: the election, the voter's choices, and the way from one
// page to the next.

import type { Election } from "../crypto/election.ts";
import type { Choice } from "./choice.ts";
import { find, h, sign } from "./dom.ts";
import type { Photos } from "./photo.ts";
import type { Accepted, Server, Settings, Voting } from "./server.ts";
import { pick, spoken, t } from "./text.ts";
import type { Kept } from "./safe.ts";
import type { Cryptography } from "./worker.ts";

export type Stage = "credential" | "questions" | "review" | "cast";

const stages: Stage[] = ["credential", "questions", "review", "cast"];

// A page: what it is called in the browser's history, and how it is shown.
export interface Page {
  stage?: Stage;
  title: string;
  content: (Node | string)[];
}

// Place is a page that the browser's back button leads to.
export type Place = { name: "credential" | "review" } | { name: "question"; index: number };

export interface Booth {
  settings: Settings;
  server: Server;
  photos: Photos;
  cryptography: Cryptography;
  uuid: string;
  voting: Voting;
  election: Election;
  typed: string; // private credential
  credential: string; // public
  choices: Choice[];
  commitment: string;
  kept?: Kept; // a signed ballot whose promise has not come
  accepted?: Accepted;
}

// shown draws the page again, for another language.
let shown: () => void = () => {};

// show replaces the page, and puts the focus on its heading.
export function show(b: Booth | undefined, page: () => Page): void {
  shown = () => {
    const { stage, title, content } = page();
    document.title = b?.voting ? `${title} — ${pick(b.voting.title)}` : title;
    const main = find("main");
    main.replaceChildren(
      ...(b?.voting ? [h("p", { class: "kicker", dir: "auto" }, pick(b.voting.title))] : []),
      ...(stage ? [progress(stage)] : []),
      h("h1", { tabindex: -1, dir: "auto" }, title),
      ...content,
    );
  };
  shown();
  scrollTo(0, 0);
  find("main h1").focus();
}

// Again in the language that was chosen; what the voter typed stays.
export function showAgain(): void {
  const typed = [...document.querySelectorAll<HTMLInputElement>("main input:not([type=radio], [type=checkbox])")].map((i) => [i.id, i.value]);
  shown();
  for (const [id, value] of typed) {
    const input = document.getElementById(id!) as HTMLInputElement | null;
    if (input && input.value === "") input.value = value!;
  }
}

function progress(stage: Stage): HTMLElement {
  const now = stages.indexOf(stage);
  return h("ol", { class: "steps" }, ...stages.map((s, i) => h("li", i < now ? { class: "done" } : i === now ? { "aria-current": "step" } : {},
    sign("khatam", "mark-step"), t(`step-${s}`), i < now && h("span", { class: "unseen" }, ` (${t("step-done")})`))));
}

// goTo makes a place the newest of the browser's history.
export const goTo = (place: Place): void => history.pushState(place, "", location.href);

// wrong tells what is wrong above what can be done about it.
export const wrong = (text: string): HTMLElement => h("div", { class: "errors", role: "alert" }, h("p", {}, text));

export const notice = (text: string, kind = ""): HTMLElement => h("p", { class: `notice ${kind}`.trim() }, text);

export const button = (label: string, click: () => void, kind = ""): HTMLButtonElement =>
  h("button", { type: "button", class: `button ${kind}`.trim(), click }, label);

export const actions = (...of: HTMLElement[]): HTMLElement => h("div", { class: "actions" }, ...of);

export const code = (text: string): HTMLElement => h("code", { class: "code" }, text);

// onBoard is a page of the server, on which everybody reads.
export const onBoard = (b: Booth, path: string): string => `${b.settings.server}/${spoken()}${path}`;
