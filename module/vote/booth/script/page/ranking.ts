// A ranking by taps or keys: those that are ranked, with buttons that move them, above those
// that are not.

import type { Ranked } from "../crypto/election.ts";
import type { Choice } from "./choice.ts";
import { h } from "./dom.ts";
import type { Photo } from "./question.ts";
import { half, t } from "./text.ts";

export function ranking(q: Ranked, c: Choice, photo: Photo, changed: () => void): HTMLElement {
  const root = h("div", { class: "ranking" });
  const status = h("p", { class: "unseen", role: "status" });
  const lists = h("div");
  root.append(status, lists);

  const button = (label: string, shown: string, name: string, disabled: boolean, act: () => void): HTMLElement =>
    h("button", { type: "button", class: "button second", "aria-label": t(label, { Name: name }), "data-act": label, disabled, click: act }, shown);

  // After a move the focus stays with the one that was moved.
  const show = (answer?: number, act?: string): void => {
    const ranked = c.order.map((i, at) => {
      const name = half(q.answers[i]!);
      const move = (by: number, said: string): void => {
        c.order.splice(at, 1);
        c.order.splice(at + by, 0, i);
        show(i, said);
        status.textContent = t("moved", { Name: name, Rank: at + by + 1 });
        changed();
      };
      return h("li", { "data-answer": i }, h("span", { class: "place number" }, String(at + 1)), h("span", { class: "name", dir: "auto" }, name),
        button("move-up", "↑", name, at === 0, () => move(-1, "move-up")),
        button("move-down", "↓", name, at === c.order.length - 1, () => move(1, "move-down")),
        button("unrank", "✕", name, false, () => {
          c.order.splice(at, 1);
          show(i, "rank-next");
          changed();
        }));
    });
    const rest = c.shown.filter((i) => !c.order.includes(i)).map((i) => {
      const name = half(q.answers[i]!);
      return h("li", { "data-answer": i }, h("button", {
        type: "button", class: "choice", "data-act": "rank-next", click: () => {
          c.order.push(i);
          show(i, "move-up");
          status.textContent = t("moved", { Name: name, Rank: c.order.length });
          changed();
        },
      }, h("span", { class: "place", "aria-hidden": "true" }, "+"), h("span", { dir: "auto" }, name), photo(i)));
    });
    lists.replaceChildren(
      h("h2", {}, t("ranked")), ranked.length > 0 ? h("ol", { class: "ranked" }, ...ranked) : h("p", { class: "quiet" }, t("ranked-none")),
      ...(rest.length > 0 ? [h("h2", {}, t("unranked")), h("ul", { class: "unranked" }, ...rest)] : []),
    );
    if (answer === undefined) return;
    const moved = lists.querySelector<HTMLElement>(`[data-answer="${answer}"]`);
    const focus = moved?.querySelector<HTMLButtonElement>(`[data-act="${act}"]:not(:disabled)`) ?? moved?.querySelector<HTMLButtonElement>("button:not(:disabled)");
    focus?.focus();
  };
  show();
  return root;
}
