// From the credential to the vote that is to be encrypted.

import { actions, type Booth, button, goTo, notice, show, wrong } from "./booth.ts";
import { begin, describe, missing, unused } from "./choice.ts";
import { find, h } from "./dom.ts";
import { fieldOf, rule } from "./question.ts";
import { seal } from "./seal.ts";
import { Refusal } from "./server.ts";
import { half, moment, t } from "./text.ts";

// Private credentials are base 58, in groups of these lengths.
const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const form = [5, 6, 5, 6];

// complaint says what keeps a text from being a private credential.
function complaint(typed: string): string | undefined {
  const parts = typed.split("-");
  if (parts.length === 3 && parts.every((p) => p.length === 5)) return t("credential-password");
  const strange = [...typed].find((c) => c !== "-" && !alphabet.includes(c));
  if (strange) return t("credential-character", { Character: strange });
  const length = typed.replaceAll("-", "").length;
  if (length !== 22) return t("credential-length", { Count: length });
  return undefined;
}

// spelt puts hyphens where they belong: people type without, and copies have spaces.
function spelt(typed: string): string {
  const bare = typed.replaceAll(/[\s\u2010-\u2015_]/g, "-").replaceAll(/-+/g, "-").replaceAll(/^-|-$/g, "");
  const digits = bare.replaceAll("-", "");
  if (digits.length !== 22) return bare;
  let at = 0;
  return form.map((n) => digits.slice(at, (at += n))).join("-");
}

export function credential(b: Booth): void {
  show(b, () => {
    const problem = h("div");
    const input = h("input", {
      id: "credential", class: "code", dir: "ltr", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
      "aria-describedby": "credential-hint", value: b.typed,
    });
    const go = h("button", { class: "button" }, t("next"));
    const submit = async (e: Event): Promise<void> => {
      e.preventDefault();
      if (go.disabled) return;
      b.typed = spelt(input.value);
      const said = complaint(b.typed) ?? (go.disabled = true, await look(b).catch((e: unknown) => failure(e)));
      go.disabled = false;
      if (said === undefined) {
        goTo({ name: "question", index: 0 });
        question(b, 0);
        return;
      }
      problem.replaceChildren(wrong(said));
      input.setAttribute("aria-invalid", "true");
      input.focus();
    };
    return {
      stage: "credential", title: t("credential-title"), content: [
        h("p", {}, t("hours", { Opens: moment(b.voting.opens!), Until: moment(b.voting.accepting_until!) })),
        problem,
        h("form", { submit: (e) => void submit(e) },
          h("div", { class: "field" }, h("label", { for: "credential" }, t("credential-label")),
            h("span", { class: "hint", id: "credential-hint" }, t("credential-hint")), input),
          h("div", { class: "actions" }, go)),
        h("p", { class: "quiet" }, t("credential-why")),
      ],
    };
  });
}

// failure is what an error means to a voter.
export function failure(e: unknown): string {
  if (e instanceof Refusal) {
    const known = [
      "closed", "not-open", "unknown-election", "too-soon", "already-cast", "asked-just-now", "no-attempts", "code-expired",
      "other-credential", "other-voter",
    ];
    return known.includes(e.reason) ? t(`reason-${e.reason}`) : t("reason-other", { Detail: e.detail });
  }
  return t("unreachable");
}

// look looks the voter's credential up before the voter does anything else.
async function look(b: Booth): Promise<string | undefined> {
  b.credential = await b.cryptography.call("identify", b.typed);
  if (!(await b.server.isListed(b.credential, b.voting.credentials))) return t("credential-unknown");
  if (b.choices.length === 0) b.choices = b.election.questions.map(begin);
  return undefined;
}

export function question(b: Booth, index: number): void {
  const q = b.election.questions[index]!;
  const c = b.choices[index]!;
  show(b, () => {
    const problem = h("div");
    const status = h("p", { class: "status", role: "status" });
    const changed = (): void => {
      problem.replaceChildren();
      status.textContent = q.kind === "homomorphic" && q.max > 1 && !c.blank ? t("chosen", { Count: c.chosen.size, Most: q.max }) : "";
    };
    changed();
    const next = (): void => {
      const said = missing(q, c);
      if (said) {
        problem.replaceChildren(wrong(said));
        find("div", problem).scrollIntoView({ block: "center" });
        return;
      }
      if (index + 1 < b.election.questions.length) {
        goTo({ name: "question", index: index + 1 });
        question(b, index + 1);
      } else {
        goTo({ name: "review" });
        review(b);
      }
    };
    const many = b.election.questions.length > 1;
    return {
      stage: "questions", title: half(q.title), content: [
        ...(many ? [h("p", { class: "quiet" }, t("question-of", { Number: index + 1, All: b.election.questions.length }))] : []),
        h("p", {}, rule(q)),
        ...(q.drawn ? [h("p", { class: "quiet" }, t("drawn"))] : []),
        h("form", { submit: (e) => { e.preventDefault(); next(); }, class: "stack" },
          h("fieldset", { class: "question" }, h("legend", { class: "unseen" }, half(q.title)), fieldOf(q, c, b.photos, changed)),
          problem,
          h("div", { class: "bar-below" }, status, actions(h("button", { class: "button" }, t("next")), button(t("back"), () => history.back(), "second")))),
      ],
    };
  });
  void b.photos.load(q.photos);
}

export function review(b: Booth): void {
  show(b, () => ({
    stage: "review", title: t("review-title"), content: [
      h("p", {}, t("review-lead")),
      ...b.election.questions.map((q, i) => {
        const c = b.choices[i]!;
        const left = unused(q, c);
        return h("section", { class: "card" }, h("h2", { dir: "auto" }, half(q.title)),
          h("ul", { class: "answers" }, ...describe(q, c).map(({ text, answer }) => h("li", {}, b.photos.place(q.photos[answer ?? -1]), h("span", { dir: "auto" }, text)))),
          left !== undefined && notice(left, "warning"),
          actions(button(t("change"), () => {
            goTo({ name: "question", index: i });
            question(b, i);
          }, "second")));
      }),
      actions(button(t("encrypt"), () => void seal(b)), button(t("back"), () => history.back(), "second")),
      h("p", { class: "quiet" }, t("encrypt-hint")),
    ],
  }));
}
