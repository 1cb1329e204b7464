// The questions, one on a page.

import type { Homomorphic, Lists, Presentation, Question, Ranked } from "../crypto/election.ts";
import { type Choice, places } from "./choice.ts";
import { find, h } from "./dom.ts";
import type { Photos } from "./photo.ts";
import { ranking } from "./ranking.ts";
import { half, plain, t } from "./text.ts";

// searched is the least number of answers that one can search.
const searched = 12;

// fieldOf is the question with all that the voter can choose. changed is called when the
// voter has chosen something.
export function fieldOf(q: Question, c: Choice, photos: Photos, changed: () => void): HTMLElement {
  const photo = (i: number): HTMLElement | undefined => photos.place(q.photos[i]);
  switch (q.kind) {
    case "homomorphic":
      return answers(q, c, photo, changed);
    case "lists":
      return lists(q, c, photo, changed);
    case "ranked":
      return ranked(q, c, photo, changed);
  }
}

// rule says in a sentence what the voter may choose.
export function rule(q: Question): string {
  switch (q.kind) {
    case "homomorphic":
      if (q.max === 1) return t(q.min === 1 ? "rule-one" : "rule-one-or-none");
      return q.min === q.max ? t("rule-exactly", { Count: q.max }) : t("rule-some", { Count: q.max, Least: q.min });
    case "lists":
      return t("rule-lists");
    case "ranked":
      return t(q.grades ? "rule-grades" : "rule-ranks");
  }
}

interface Row {
  name: string;
  element: HTMLElement;
}

// Photo is the place of an answer's photograph, where it has one.
export type Photo = (answer: number) => HTMLElement | undefined;

function choice(type: "radio" | "checkbox", name: string, label: string, checked: boolean, change: (on: boolean) => void, photo?: HTMLElement): Row {
  const input = h("input", { type, name, checked, change: () => change(input.checked) });
  return { name: label, element: h("label", { class: "choice" }, input, h("span", { dir: "auto" }, label), photo) };
}

const blankRow = (type: "radio" | "checkbox", name: string, c: Choice, change: (on: boolean) => void): HTMLElement => {
  const { element } = choice(type, name, t("blank"), c.blank, change);
  element.classList.add("blank");
  return element;
};

// search filters rows by what is typed, and tells how many are left.
function search(rows: Row[]): HTMLElement | undefined {
  if (rows.length < searched) return undefined;
  const status = h("p", { class: "quiet", role: "status" });
  const input = h("input", {
    id: "search", type: "search", autocomplete: "off", input: () => {
      const words = plain(input.value).split(/\s+/).filter((w) => w !== "");
      let left = 0;
      for (const row of rows) {
        const name = plain(row.name);
        row.element.hidden = !words.every((w) => name.includes(w));
        if (!row.element.hidden) left++;
      }
      for (const group of document.querySelectorAll<HTMLElement>("main .group")) {
        group.hidden = !group.querySelector("label.choice:not([hidden])");
      }
      status.textContent = words.length > 0 ? t("found", { Count: left }) : "";
    },
  });
  return h("div", { class: "field search" }, h("label", { for: "search" }, t("search")), input, status);
}

// grouped puts rows, in the order shown, under the names of their groups.
function grouped(q: Presentation, c: Choice, rows: Row[]): HTMLElement[] {
  const shown = c.shown.map((i) => rows[i]!.element);
  if (q.groups.length === 0) return shown;
  let at = 0;
  return q.groups.map((g) => h("fieldset", { class: "group" }, h("legend", {}, half(g.name)), ...shown.slice(at, (at += g.size))));
}

function answers(q: Homomorphic & Presentation, c: Choice, photo: Photo, changed: () => void): HTMLElement {
  const type = q.max === 1 ? "radio" : "checkbox";
  const root = h("div", { class: "choices" });
  const inputs = (): NodeListOf<HTMLInputElement> => root.querySelectorAll("input[name=answer]");
  const rows = q.answers.map((a, i) => choice(type, "answer", half(a), c.chosen.has(i), (on) => {
    if (type === "radio") c.chosen.clear();
    if (on) {
      c.chosen.add(i);
      c.blank = false;
      const blank = root.querySelector<HTMLInputElement>(".blank input");
      if (blank) blank.checked = false;
    } else {
      c.chosen.delete(i);
    }
    changed();
  }, photo(i)));
  const tools = search(rows);
  if (tools) root.append(tools);
  root.append(...grouped(q, c, rows));
  if (q.blank) {
    root.append(blankRow(type, "answer-blank", c, (on) => {
      c.blank = on;
      if (on) {
        c.chosen.clear();
        for (const input of inputs()) input.checked = false;
      }
      changed();
    }));
  }
  if (type === "radio" && q.min === 0 && !q.blank) {
    root.append(h("button", {
      type: "button", class: "button second small", click: () => {
        c.chosen.clear();
        for (const input of inputs()) input.checked = false;
        changed();
      },
    }, t("clear")));
  }
  return root;
}

function lists(q: Lists & Presentation, c: Choice, photo: Photo, changed: () => void): HTMLElement {
  const root = h("div", { class: "choices" });
  const rows = q.lists.map((l, i) => {
    const row = choice("radio", "list", half(l.name), c.list === i, () => {
      if (c.list !== i) c.chosen.clear();
      c.list = i;
      candidates();
      changed();
    });
    find("span", row.element).append(h("small", {}, t("candidates", { Count: l.candidates.length })));
    row.name = [l.name, ...l.candidates].join(" ");
    row.element.classList.add("list");
    return row;
  });
  // The candidates of the list that is chosen stand below it.
  const candidates = (): void => {
    root.querySelector(".candidates")?.remove();
    if (c.list < 0) return;
    const l = q.lists[c.list]!;
    const at = places(q, c.list);
    const of = l.candidates.map((name, i) => choice("checkbox", "candidate", half(name), c.chosen.has(at[i]!), (on) => {
      if (on) c.chosen.add(at[i]!);
      else c.chosen.delete(at[i]!);
      changed();
    }, photo(at[i]!)).element);
    const all = h("button", {
      type: "button", class: "button second small", click: () => {
        const on = at.some((i) => !c.chosen.has(i));
        for (const i of at) if (on) c.chosen.add(i); else c.chosen.delete(i);
        for (const input of field.querySelectorAll("input")) input.checked = on;
        changed();
      },
    }, t("all-candidates"));
    const field = h("fieldset", { class: "candidates" }, h("legend", {}, t("candidates-of", { Name: half(l.name) })), all, ...of);
    rows[c.list]!.element.after(field);
  };
  const tools = search(rows);
  if (tools) root.append(tools);
  root.append(...grouped(q, c, rows));
  candidates();
  return root;
}

function ranked(q: Ranked, c: Choice, photo: Photo, changed: () => void): HTMLElement {
  const root = h("div", { class: "choices" });
  if (q.grades) {
    const { grades } = q;
    for (const i of c.shown) {
      root.append(h("fieldset", { class: "group grades" }, h("legend", { dir: "auto" }, photo(i), half(q.answers[i]!)),
        ...grades.map((g, n) => choice("radio", `grade-${i}`, half(g), c.grades[i] === n + 1, () => {
          c.grades[i] = n + 1;
          if (c.blank) clearBlank();
          changed();
        }).element)));
    }
  } else {
    root.append(ranking(q, c, photo, () => {
      if (c.blank) clearBlank();
      changed();
    }));
  }
  const clearBlank = (): void => {
    c.blank = false;
    find<HTMLInputElement>(".blank input", root).checked = false;
  };
  if (q.blank) {
    root.append(blankRow("checkbox", "answer-blank", c, (on) => {
      c.blank = on;
      changed();
    }));
  }
  return root;
}
