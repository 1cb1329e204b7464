// The voting booth. The election's uuid, and perhaps the voter's private credential, stand
// behind the # of its address, which no server is told: #UUID or #UUID/CREDENTIAL.

import { parseElection } from "./crypto/election.ts";
import { actions, type Booth, button, goTo, notice, onBoard, type Place, show, showAgain, wrong } from "./page/booth.ts";
import { credential, failure, question, review } from "./page/choose.ts";
import { find, h } from "./page/dom.ts";
import { Photos } from "./page/photo.ts";
import { kept } from "./page/safe.ts";
import { resume } from "./page/send.ts";
import { Server, type Settings, type Voting } from "./page/server.ts";
import { moment, other, speak, t } from "./page/text.ts";
import { Cryptography } from "./page/worker.ts";

type Words = Parameters<typeof speak>[0];

// The page names the hashes of what it loads.
const hashes = document.documentElement.dataset as Record<"worker" | "settings" | "texts", string>;

const read = async <T>(name: string, integrity: string): Promise<T> => (await fetch(name, { integrity })).json() as Promise<T>;

// unfit tells what to do where the booth cannot run: the page says it, in both languages.
function unfit(e: unknown): never {
  find(".first")?.remove();
  find(".late")?.classList.add("now");
  throw e;
}

const [settings, words, cryptography] = await Promise.all([
  read<Settings>("booth.json", hashes.settings), read<Words>("texts.json", hashes.texts), Cryptography.start(hashes.worker),
]).catch(unfit);

const [, uuid = "", typed = ""] = /^#([1-9A-HJ-NP-Za-km-z]{14,64})(?:[/.:]([-\w]+))?$/.exec(location.hash) ?? [];
// The credential stands in no history and no bookmark.
if (uuid) history.replaceState({ name: "credential" } satisfies Place, "", `${location.pathname}#${uuid}`);

speak(words, "ar");
if (!navigator.languages.some((l) => l.startsWith("ar")) && navigator.languages.some((l) => l.startsWith("en"))) speak(words, "en");

const shell = (): void => {
  find("#language").textContent = t("language", {}, other());
  find("#language").lang = other();
  find("#mark").textContent = t("mark");
  find(".skip").textContent = t("skip");
  find("#foot").textContent = t("foot");
  offline();
};

const offline = (): void => {
  find("#offline").hidden = navigator.onLine;
  find("#offline p").textContent = t("offline");
};
addEventListener("online", offline);
addEventListener("offline", offline);

find("#language").addEventListener("click", () => {
  speak(words, other());
  shell();
  showAgain();
});
shell();

const b = { settings, cryptography, uuid, typed, credential: "", choices: [], commitment: "" } as unknown as Booth;

// A page that is left in the middle loses the choices, which are nowhere but here.
addEventListener("beforeunload", (e) => {
  if (b.choices.length > 0 && !b.kept) e.preventDefault();
});

addEventListener("popstate", (e) => {
  const place = e.state as Place | null;
  if (!b.voting) return;
  if (b.kept || !place || b.choices.length === 0) { // nothing leads back behind a ballot that was cast
    if (b.kept) goTo({ name: "review" });
    return;
  }
  switch (place.name) {
    case "credential":
      return credential(b);
    case "question":
      return question(b, place.index);
    case "review":
      return review(b);
  }
});

async function start(): Promise<void> {
  if (!uuid) {
    show(undefined, () => ({
      title: t("no-election-title"), content: [h("p", {}, t("no-election")),
        h("p", {}, h("a", { href: onBoard(b, "/elections") }, t("all-elections")))],
    }));
    return;
  }
  show(undefined, () => ({ title: t("opening-title"), content: [h("progress", { "aria-label": t("opening-title") })] }));
  b.server = new Server(settings, uuid);
  b.photos = new Photos(b.server);
  let voting: Voting, definition: string;
  try {
    [voting, definition] = await Promise.all([b.server.voting(), b.server.definition()]);
  } catch (e) {
    show(undefined, () => ({ title: t("not-reached-title"), content: [wrong(failure(e)), actions(button(t("try-again"), () => void start()))] }));
    return;
  }
  b.election = parseElection(definition);
  if (b.election.uuid !== uuid || (await cryptography.call("open", definition)) !== voting.definition) {
    show(undefined, () => ({ title: t("not-reached-title"), content: [wrong(t("definition-differs"))] }));
    return;
  }
  b.voting = voting;
  b.kept = kept(uuid);
  if (b.kept) return resume(b);
  const now = Date.parse(voting.now);
  if (!voting.opens || now < Date.parse(voting.opens)) {
    show(b, () => ({ title: t("not-open-title"), content: [notice(voting.opens ? t("opens", { Opens: moment(voting.opens) }) : t("opens-unknown"))] }));
  } else if (now > Date.parse(voting.accepting_until!)) {
    show(b, () => ({ title: t("closed-title"), content: [notice(t("closed", { Until: moment(voting.accepting_until!) }))] }));
  } else {
    credential(b);
  }
}

await start();
document.documentElement.classList.add("here");
