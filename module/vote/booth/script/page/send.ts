// The signed ballot on its way: sent until the server's promise has come, never two of them.

import { hex } from "../crypto/hex.ts";
import { actions, type Booth, button, code, notice, onBoard, show, wrong } from "./booth.ts";
import { credential, failure } from "./choose.ts";
import { h, sign } from "./dom.ts";
import { qr } from "./qr.ts";
import { forget, keep } from "./safe.ts";
import { type Accepted, Refusal, Unreachable, type Waiting } from "./server.ts";
import { ascii, moment, t } from "./text.ts";

// Pauses between attempts, in seconds.
const pauses = [1, 2, 4, 8, 15, 30];

let wake: () => void = () => {};
addEventListener("online", () => wake());

const pause = (attempt: number): Promise<void> => new Promise((done) => {
  const timer = setTimeout(done, 1000 * pauses[Math.min(attempt, pauses.length - 1)]!);
  wake = () => {
    clearTimeout(timer);
    done();
  };
});

// untilAnswered asks again and again until there is an answer, whatever it is.
async function untilAnswered<T>(b: Booth, ask: () => Promise<T>): Promise<T> {
  let told = "";
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (e) {
      const soon = e instanceof Refusal && e.status === 429;
      if (!(e instanceof Unreachable) && !soon) throw e;
      const why = soon ? "waiting-turn" : "waiting-network";
      if (why !== told) { // once: showing a page takes the focus
        show(b, () => ({
          stage: "cast", title: t("waiting-title"), content: [
            notice(t(why), "warning"), h("p", {}, t("waiting-kept")), actions(button(t("try-now"), () => wake())),
          ],
        }));
      }
      told = why;
      await pause(attempt);
    }
  }
}

// send sends the ballot that is kept.
export function send(b: Booth): void {
  show(b, () => ({ stage: "cast", title: t("sending-title"), content: [h("p", {}, t("sending-lead")), h("progress", { "aria-label": t("sending-title") })] }));
  void untilAnswered(b, () => b.server.cast(b.kept!.ballot)).then(
    (answer) => ("promise" in answer ? done(b, answer) : codeSent(b, answer)), (e: unknown) => refused(b, e));
}

function codeSent(b: Booth, w: Waiting): void {
  b.kept = { ...b.kept!, cast: w.cast };
  keep(b.uuid, b.kept);
  who(b);
}

// resume goes on with a ballot that an earlier page kept.
export function resume(b: Booth): void {
  if (b.kept!.cast) who(b);
  else send(b);
}

// refused: the server does not take this ballot, now or ever.
function refused(b: Booth, e: unknown): void {
  const already = e instanceof Refusal && e.reason === "already-cast";
  if (already) forget(b.uuid);
  show(b, () => ({
    stage: "cast", title: t(already ? "already-title" : "refused-title"), content: [
      already ? notice(t("already-lead")) : wrong(failure(e)),
      ...tracker(b),
      actions(...(already ? [] : [button(t("try-again"), () => send(b))]), button(t("start-again"), () => again(b), "second")),
    ],
  }));
}

// again begins a new ballot; the old one is not sent any more.
function again(b: Booth): void {
  forget(b.uuid);
  b.kept = undefined;
  b.accepted = undefined;
  b.choices = [];
  b.typed = "";
  credential(b);
}

const field = (id: string, label: string, hint: string, attributes: Record<string, string>): [HTMLElement, HTMLInputElement] => {
  const input = h("input", { id, "aria-describedby": `${id}-hint`, autocomplete: "off", ...attributes });
  return [h("div", { class: "field" }, h("label", { for: id }, label), h("span", { class: "hint", id: `${id}-hint` }, hint), input), input];
};

// ask is a page with one field, sent by its button.
function ask(b: Booth, title: string, lead: string, make: () => [HTMLElement, HTMLInputElement], label: string,
  act: (value: string) => Promise<string | undefined>, more: () => HTMLElement[] = () => []): void {
  show(b, () => {
    const [element, input] = make();
    const problem = h("div");
    const go = h("button", { class: "button" }, t(label));
    const submit = async (e: Event): Promise<void> => {
      e.preventDefault();
      if (go.disabled || input.value.trim() === "") return;
      go.disabled = true;
      const said = await act(ascii(input.value).trim()).catch((e: unknown) => failure(e));
      go.disabled = false;
      if (said === undefined) return;
      problem.replaceChildren(wrong(said));
      input.focus();
    };
    return {
      stage: "cast", title: t(title), content: [
        h("p", {}, t(lead)), problem, h("form", { submit: (e) => void submit(e) }, element, h("div", { class: "actions" }, go, ...more())),
        h("p", { class: "quiet" }, t("waiting-kept")),
      ],
    };
  });
}

// who asks for the number on the voter's letter, to which the one-time code belongs.
function who(b: Booth): void {
  ask(b, "who-title", "who-lead", () => field("voter", t("who-label"), t("who-hint"), { dir: "auto" }), "who-send", async (voter) => {
    try {
      const sent = await b.server.sendCode(b.kept!.cast!, voter);
      confirm(b, voter, sent.sent, sent.to, sent.again_after);
      return undefined;
    } catch (e) {
      return expired(b, e);
    }
  });
}

// expired sends the ballot again where the server has forgotten that it waits.
function expired(b: Booth, e: unknown): string | undefined {
  if (e instanceof Refusal && (e.status === 410 || e.status === 404)) {
    send(b);
    return undefined;
  }
  throw e;
}

function confirm(b: Booth, voter: string, way: string, to: string, after: number): void {
  const sent = Date.now();
  ask(b, "code-title", "code-lead", () => field("code", t("code-label"), t(way === "email" ? "code-hint-email" : "code-hint-sms", { To: to }), {
    class: "code code-field", dir: "ltr", inputmode: "numeric", maxlength: "12", autocomplete: "one-time-code",
  }), "code-confirm", async (typed) => {
    const digits = typed.replaceAll(/\D/g, "");
    if (digits.length !== 6) return t("code-digits");
    try {
      await done(b, await b.server.confirm(b.kept!.cast!, digits));
      return undefined;
    } catch (e) {
      if (e instanceof Refusal && e.reason === "wrong-code") return t("code-wrong-left", { Count: e.left ?? 0 });
      if (e instanceof Refusal && e.status === 409) {
        refused(b, e);
        return undefined;
      }
      return expired(b, e);
    }
  }, () => [again_(b, voter, sent, after)]);
}

// again_ sends another code, after a while.
function again_(b: Booth, voter: string, since: number, after: number): HTMLElement {
  const other = button(t("code-again"), () => {
    other.disabled = true;
    b.server.sendCode(b.kept!.cast!, voter).then((s) => confirm(b, voter, s.sent, s.to, s.again_after), () => { other.disabled = false; });
  }, "second");
  const wait = since + 1000 * after - Date.now();
  other.disabled = wait > 0;
  if (wait > 0) setTimeout(() => { other.disabled = false; }, wait);
  return other;
}

const tracker = (b: Booth): HTMLElement[] => [h("section", { class: "card" }, h("h2", {}, t("tracker")), h("p", {}, code(b.kept!.tracker)),
  qr(onBoard(b, `/elections/${b.uuid}/trackers?tracker=${encodeURIComponent(b.kept!.tracker)}`), t("tracker-qr")),
  h("p", { class: "quiet" }, t("tracker-hint")))];

// done checks the promise before it says that the ballot is in.
async function done(b: Booth, a: Accepted): Promise<void> {
  const { log, receipt } = b.settings;
  const { tracker: own, credential } = b.kept!;
  let times;
  try {
    times = await b.cryptography.call("promised", a.promise, { log, receipt, election: b.uuid, credential, tracker: hex(Uint8Array.from(atob(own), (c) => c.charCodeAt(0))) });
  } catch {
    show(b, () => ({
      stage: "cast", title: t("promise-bad-title"), content: [
        wrong(t("promise-bad")), ...tracker(b), actions(button(t("try-again"), () => send(b)), saved(a)),
      ],
    }));
    return;
  }
  forget(b.uuid);
  b.accepted = a;
  const { issued, deadline } = times;
  show(b, () => ({
    title: t("done-title"), content: [
      h("p", { class: "verdict true" }, sign("sign-true", "star true"), h("span", {}, t("done-promised"))),
      h("p", {}, t("done-lead", { Deadline: moment(deadline) })),
      ...tracker(b),
      actions(button(t("print"), () => print()), saved(a)),
      h("p", { class: "quiet" }, t("done-issued", { Issued: moment(issued) })),
      notice(t("done-again", { Until: moment(b.voting.accepting_until!) })),
      h("p", {}, t("done-close")),
      h("p", {}, button(t("start-again"), () => again(b), "second small")),
    ],
  }));
}

const saved = (a: Accepted): HTMLElement => h("a", {
  class: "button second", download: "promise.txt", href: URL.createObjectURL(new Blob([a.promise], { type: "text/plain" })),
}, t("save-promise"));
