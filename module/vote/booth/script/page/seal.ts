// The encrypted ballot, of which the voter decides whether to check it or to cast it
// (Benaloh's challenge): the booth has committed to it before it learns which.

import { actions, type Booth, button, notice, onBoard, show, wrong } from "./booth.ts";
import { numbers } from "./choice.ts";
import { review } from "./choose.ts";
import { h } from "./dom.ts";
import { qr } from "./qr.ts";
import { send } from "./send.ts";
import { keep } from "./safe.ts";
import { Refusal, Unreachable } from "./server.ts";
import { t } from "./text.ts";

// seal encrypts the vote.
export async function seal(b: Booth): Promise<void> {
  const bar = h("progress", { max: 1, value: 0, "aria-label": t("encrypting") });
  show(b, () => ({ stage: "review", title: t("encrypting"), content: [h("p", {}, t("encrypting-lead")), bar] }));
  b.cryptography.onprogress = (share) => { bar.value = share; };
  b.commitment = await b.cryptography.call("encrypt", b.election.questions.map((q, i) => numbers(q, b.choices[i]!)));
  choose(b);
}

// The link with which another device checks the ballot, once it is opened. It names the
// commitment, so that this device cannot open another ballot instead.
const checkLink = (b: Booth): string =>
  onBoard(b, `/check-ballot#${b.uuid}/${b.commitment.replaceAll("+", "-").replaceAll("/", "_")}/${b.credential}`);

const sealed = (b: Booth): HTMLElement =>
  h("code", { class: "code seal" }, h("b", {}, b.commitment.slice(0, 8)), b.commitment.slice(8));

function choose(b: Booth): void {
  show(b, () => ({
    stage: "cast", title: t("seal-title"), content: [
      h("p", {}, t("seal-lead")), sealed(b),
      h("div", { class: "two" },
        h("section", { class: "card" }, h("h2", {}, t("cast")), h("p", {}, t("cast-hint")), actions(button(t("cast-now"), () => void cast(b)))),
        h("section", { class: "card" }, h("h2", {}, t("check")), h("p", {}, t("check-hint")), actions(button(t("check-now"), () => void open(b), "second")))),
      h("details", { class: "table" }, h("summary", {}, t("check-link")), qr(checkLink(b), t("check-link")), h("p", { class: "quiet" }, t("check-link-hint"))),
      h("p", {}, button(t("back-review"), () => review(b), "second small")),
    ],
  }));
}

async function cast(b: Booth): Promise<void> {
  const signed = await b.cryptography.call("sign");
  b.kept = { ...signed, credential: b.credential };
  keep(b.uuid, b.kept);
  // The vote itself is no longer needed, nor the credential.
  b.choices = [];
  b.typed = "";
  send(b);
}

// open spoils the ballot, and hands it on to the device that checks it.
async function open(b: Booth): Promise<void> {
  const opening = await b.cryptography.call("reveal");
  const address = URL.createObjectURL(new Blob([opening], { type: "application/json" }));
  let problem: HTMLElement | undefined;
  const page = (): void => show(b, () => ({
    stage: "cast", title: t("opened-title"), content: [
      h("p", {}, t("opened-lead")), sealed(b),
      ...(problem ? [problem] : []),
      h("section", { class: "card" }, h("h2", {}, t("opened-scan")), qr(checkLink(b), t("opened-scan")),
        h("p", {}, h("a", { href: checkLink(b), target: "_blank", rel: "noreferrer" }, t("opened-here")))),
      h("section", { class: "card" }, h("h2", {}, t("opened-file")), h("p", {}, t("opened-file-hint")),
        actions(h("a", { class: "button second", href: address, download: "opening.json" }, t("opened-save")))),
      notice(t("opened-again")),
      actions(button(t("encrypt-again"), () => review(b))),
    ],
  }));
  page();
  try {
    await b.server.open(opening);
  } catch (e) {
    problem = wrong(e instanceof Refusal ? t("reason-other", { Detail: e.detail }) : e instanceof Unreachable ? t("opened-unreachable") : String(e));
    page();
  }
}
