// ../module/vote/booth/script/crypto/election.ts
function parseElection(definition) {
  const d = JSON.parse(definition);
  if (d.version !== 1 || d.group !== "Ed25519") throw new Error("an election of another kind");
  return {
    uuid: d.uuid,
    name: d.name,
    description: d.description,
    key: d.public_key,
    questions: d.questions.map(parseQuestion)
  };
}
function parseQuestion(q) {
  const [type, value, hint] = "type" in q ? [q.type, q.value, q.extra ?? {}] : ["Homomorphic", q, {}];
  const shown2 = {
    drawn: hint.order === "drawn",
    groups: (hint.groups ?? []).map(([name2, size]) => ({ name: name2, size })),
    photos: hint.photos ?? []
  };
  const title = value.question;
  switch (type) {
    case "Homomorphic":
      return {
        kind: "homomorphic",
        title,
        answers: value.answers,
        blank: value.blank ?? false,
        min: value.min,
        max: value.max,
        ...shown2
      };
    case "NonHomomorphic":
      return {
        kind: "ranked",
        title,
        answers: value.answers,
        blank: hint.blank ?? false,
        ...hint.method === "MajorityJudgment" && hint.grades ? { grades: hint.grades } : {},
        ...shown2
      };
    case "Lists":
      return {
        kind: "lists",
        title,
        ...shown2,
        lists: value.answers.map(([name2, ...candidates]) => ({ name: name2, candidates }))
      };
  }
  throw new Error(`a question of another kind: ${type}`);
}

// ../module/vote/booth/script/page/dom.ts
function h(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name2, value] of Object.entries(attributes)) {
    if (typeof value === "function") e.addEventListener(name2, value);
    else if (value === true) e.setAttribute(name2, "");
    else if (value !== void 0 && value !== false) e.setAttribute(name2, String(value));
  }
  e.append(...children.filter((c) => c !== void 0 && c !== false));
  return e;
}
var svgNamespace = "http://www.w3.org/2000/svg";
function svg(tag, attributes, ...children) {
  const e = document.createElementNS(svgNamespace, tag);
  for (const [name2, value] of Object.entries(attributes)) e.setAttribute(name2, value);
  e.append(...children);
  return e;
}
var sign = (id, of = "star") => svg("svg", { class: of, "aria-hidden": "true" }, svg("use", { href: `#${id}` }));
var find = (selector, within = document) => within.querySelector(selector);

// ../module/vote/booth/script/page/text.ts
var catalogues;
var language = "ar";
var plurals;
function speak(words2, l) {
  catalogues = words2;
  language = l;
  plurals = new Intl.PluralRules(l);
  document.documentElement.lang = l;
  document.documentElement.dir = l === "ar" ? "rtl" : "ltr";
}
var spoken = () => language;
var other = () => language === "ar" ? "en" : "ar";
function t(id, values = {}, l = language) {
  const forms = catalogues[l][`booth.${id}`];
  if (!forms) throw new Error(`no words for ${id}`);
  const count = values.Count;
  const form2 = typeof count === "number" && forms[plurals.select(count)] || forms.other;
  return form2.replaceAll(/\{\{\.(\w+)\}\}/g, (_, name2) => {
    const value = values[name2];
    return typeof value === "number" ? String(value) : isolate(value ?? "");
  });
}
var isolate = (text) => `⁨${bare(text)}⁩`;
var bare = (text) => text.replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, "");
var arabic = /\p{Script=Arabic}/u;
var latin = /\p{Script=Latin}/u;
function half(text) {
  const parts = text.split(" · ");
  const ar = parts.find((p) => arabic.test(p) && !latin.test(p));
  const en = parts.find((p) => latin.test(p) && !arabic.test(p));
  if (parts.length !== 2 || !ar || !en) return bare(text);
  return bare(language === "ar" ? ar : en);
}
var pick = (text) => bare(text[language]);
function moment(time) {
  return new Intl.DateTimeFormat(language === "ar" ? "ar-LY-u-nu-latn" : "en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false
  }).format(new Date(time));
}
var ascii = (text) => text.replaceAll(/[٠-٩۰-۹]/g, (d) => String("٠١٢٣٤٥٦٧٨٩".indexOf(d) + "۰۱۲۳۴۵۶۷۸۹".indexOf(d) + 1));
var plain = (text) => ascii(text.normalize("NFKC")).toLowerCase().replaceAll(/[أإآٱ]/g, "ا").replaceAll("ى", "ي").replaceAll("ة", "ه").replaceAll("ؤ", "و").replaceAll("ئ", "ي").replaceAll(/[\u064b-\u065f\u0670\u0640]/g, "");

// ../module/vote/booth/script/page/booth.ts
var stages = ["credential", "questions", "review", "cast"];
var shown = () => {
};
function show(b2, page) {
  shown = () => {
    const { stage, title, content } = page();
    document.title = b2?.voting ? `${title} — ${pick(b2.voting.title)}` : title;
    const main = find("main");
    main.replaceChildren(
      ...b2?.voting ? [h("p", { class: "kicker", dir: "auto" }, pick(b2.voting.title))] : [],
      ...stage ? [progress(stage)] : [],
      h("h1", { tabindex: -1, dir: "auto" }, title),
      ...content
    );
  };
  shown();
  scrollTo(0, 0);
  find("main h1").focus();
}
function showAgain() {
  const typed2 = [...document.querySelectorAll("main input:not([type=radio], [type=checkbox])")].map((i) => [i.id, i.value]);
  shown();
  for (const [id, value] of typed2) {
    const input = document.getElementById(id);
    if (input && input.value === "") input.value = value;
  }
}
function progress(stage) {
  const now = stages.indexOf(stage);
  return h("ol", { class: "steps" }, ...stages.map((s, i) => h(
    "li",
    i < now ? { class: "done" } : i === now ? { "aria-current": "step" } : {},
    sign("khatam", "mark-step"),
    t(`step-${s}`),
    i < now && h("span", { class: "unseen" }, ` (${t("step-done")})`)
  )));
}
var goTo = (place) => history.pushState(place, "", location.href);
var wrong = (text) => h("div", { class: "errors", role: "alert" }, h("p", {}, text));
var notice = (text, kind = "") => h("p", { class: `notice ${kind}`.trim() }, text);
var button = (label, click, kind = "") => h("button", { type: "button", class: `button ${kind}`.trim(), click }, label);
var actions = (...of) => h("div", { class: "actions" }, ...of);
var code = (text) => h("code", { class: "code" }, text);
var onBoard = (b2, path) => `${b2.settings.server}/${spoken()}${path}`;

// ../module/vote/booth/script/page/choice.ts
function begin(q) {
  const n = q.kind === "lists" ? q.lists.length : q.answers.length;
  const shown2 = Array.from({ length: n }, (_, i) => i);
  if (q.drawn) draw(shown2, q.groups.map((g) => g.size));
  return { blank: false, chosen: /* @__PURE__ */ new Set(), list: -1, order: [], grades: new Array(n).fill(0), shown: shown2 };
}
function below(n) {
  const word = new Uint32Array(1);
  const fair = 2 ** 32 - 2 ** 32 % n;
  do
    crypto.getRandomValues(word);
  while (word[0] >= fair);
  return word[0] % n;
}
function draw(order, sizes) {
  let start2 = 0;
  for (const size of sizes.length > 0 ? sizes : [order.length]) {
    for (let i = size - 1; i > 0; i--) {
      const j = below(i + 1);
      [order[start2 + i], order[start2 + j]] = [order[start2 + j], order[start2 + i]];
    }
    start2 += size;
  }
}
function places(q, list) {
  const before = q.lists.slice(0, list).reduce((n, l) => n + l.candidates.length, 0);
  return q.lists[list].candidates.map((_, i) => before + i);
}
var bits = (n, set) => Array.from({ length: n }, (_, i) => set.has(i) ? 1 : 0);
function numbers(q, c) {
  switch (q.kind) {
    case "homomorphic": {
      const chosen = bits(q.answers.length, c.blank ? /* @__PURE__ */ new Set() : c.chosen);
      return q.blank ? [c.blank ? 1 : 0, ...chosen] : chosen;
    }
    case "lists":
      return q.lists.flatMap((_, l) => [l === c.list ? 1 : 0, ...places(q, l).map((i) => l === c.list && c.chosen.has(i) ? 1 : 0)]);
    case "ranked":
      if (c.blank) return q.answers.map(() => 0);
      return q.grades ? c.grades : q.answers.map((_, i) => c.order.indexOf(i) + 1);
  }
}
function missing(q, c) {
  if (c.blank) return void 0;
  switch (q.kind) {
    case "homomorphic":
      return missingOf(q, c);
    case "lists":
      if (c.list < 0) return t("choose-list");
      return places(q, c.list).some((i) => c.chosen.has(i)) ? void 0 : t("choose-candidate");
    case "ranked":
      if (q.grades) {
        const left = c.grades.filter((g) => g === 0).length;
        return left > 0 ? t("grade-all", { Count: left }) : void 0;
      }
      return c.order.length === 0 ? t("rank-one") : void 0;
  }
}
function missingOf(q, c) {
  const n = c.chosen.size;
  if (n > q.max) return t("too-many", { Count: n - q.max, Most: q.max });
  if (n < q.min) return t(q.blank ? "too-few-or-blank" : "too-few", { Count: q.min - n, Least: q.min });
  return void 0;
}
function unused(q, c) {
  if (c.blank) return void 0;
  if (q.kind === "homomorphic" && c.chosen.size === 0) return t("nothing-chosen");
  if (q.kind === "homomorphic" && c.chosen.size < q.max) return t("could-choose", { Count: q.max - c.chosen.size });
  if (q.kind === "ranked" && !q.grades && c.order.length < q.answers.length) {
    return t("not-ranked", { Count: q.answers.length - c.order.length });
  }
  return void 0;
}
function describe(q, c) {
  if (c.blank) return [{ text: t("blank") }];
  switch (q.kind) {
    case "homomorphic":
      return chosenOf(q.answers, c);
    case "lists":
      return [{ text: half(q.lists[c.list].name) }, ...chosenOf(q.lists.flatMap((l) => l.candidates), c)];
    case "ranked":
      return described(q, c);
  }
}
function chosenOf(names, c) {
  if (c.chosen.size === 0) return [{ text: t("none") }];
  return names.flatMap((name2, answer) => c.chosen.has(answer) ? [{ text: half(name2), answer }] : []);
}
function described(q, c) {
  if (q.grades) return q.answers.map((a, answer) => ({ text: t("graded", { Name: half(a), Grade: half(q.grades[c.grades[answer] - 1]) }), answer }));
  return c.order.map((answer, rank) => ({ text: t("rank", { Rank: rank + 1, Name: half(q.answers[answer]) }), answer }));
}

// ../module/vote/booth/script/page/ranking.ts
function ranking(q, c, photo, changed) {
  const root = h("div", { class: "ranking" });
  const status = h("p", { class: "unseen", role: "status" });
  const lists2 = h("div");
  root.append(status, lists2);
  const button2 = (label, shown2, name2, disabled, act) => h("button", { type: "button", class: "button second", "aria-label": t(label, { Name: name2 }), "data-act": label, disabled, click: act }, shown2);
  const show2 = (answer, act) => {
    const ranked2 = c.order.map((i, at) => {
      const name2 = half(q.answers[i]);
      const move = (by, said) => {
        c.order.splice(at, 1);
        c.order.splice(at + by, 0, i);
        show2(i, said);
        status.textContent = t("moved", { Name: name2, Rank: at + by + 1 });
        changed();
      };
      return h(
        "li",
        { "data-answer": i },
        h("span", { class: "place number" }, String(at + 1)),
        h("span", { class: "name", dir: "auto" }, name2),
        button2("move-up", "↑", name2, at === 0, () => move(-1, "move-up")),
        button2("move-down", "↓", name2, at === c.order.length - 1, () => move(1, "move-down")),
        button2("unrank", "✕", name2, false, () => {
          c.order.splice(at, 1);
          show2(i, "rank-next");
          changed();
        })
      );
    });
    const rest = c.shown.filter((i) => !c.order.includes(i)).map((i) => {
      const name2 = half(q.answers[i]);
      return h("li", { "data-answer": i }, h("button", {
        type: "button",
        class: "choice",
        "data-act": "rank-next",
        click: () => {
          c.order.push(i);
          show2(i, "move-up");
          status.textContent = t("moved", { Name: name2, Rank: c.order.length });
          changed();
        }
      }, h("span", { class: "place", "aria-hidden": "true" }, "+"), h("span", { dir: "auto" }, name2), photo(i)));
    });
    lists2.replaceChildren(
      h("h2", {}, t("ranked")),
      ranked2.length > 0 ? h("ol", { class: "ranked" }, ...ranked2) : h("p", { class: "quiet" }, t("ranked-none")),
      ...rest.length > 0 ? [h("h2", {}, t("unranked")), h("ul", { class: "unranked" }, ...rest)] : []
    );
    if (answer === void 0) return;
    const moved = lists2.querySelector(`[data-answer="${answer}"]`);
    const focus = moved?.querySelector(`[data-act="${act}"]:not(:disabled)`) ?? moved?.querySelector("button:not(:disabled)");
    focus?.focus();
  };
  show2();
  return root;
}

// ../module/vote/booth/script/page/question.ts
var searched = 12;
function fieldOf(q, c, photos, changed) {
  const photo = (i) => photos.place(q.photos[i]);
  switch (q.kind) {
    case "homomorphic":
      return answers(q, c, photo, changed);
    case "lists":
      return lists(q, c, photo, changed);
    case "ranked":
      return ranked(q, c, photo, changed);
  }
}
function rule(q) {
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
function choice(type, name2, label, checked, change, photo) {
  const input = h("input", { type, name: name2, checked, change: () => change(input.checked) });
  return { name: label, element: h("label", { class: "choice" }, input, h("span", { dir: "auto" }, label), photo) };
}
var blankRow = (type, name2, c, change) => {
  const { element } = choice(type, name2, t("blank"), c.blank, change);
  element.classList.add("blank");
  return element;
};
function search(rows) {
  if (rows.length < searched) return void 0;
  const status = h("p", { class: "quiet", role: "status" });
  const input = h("input", {
    id: "search",
    type: "search",
    autocomplete: "off",
    input: () => {
      const words2 = plain(input.value).split(/\s+/).filter((w) => w !== "");
      let left = 0;
      for (const row of rows) {
        const name2 = plain(row.name);
        row.element.hidden = !words2.every((w) => name2.includes(w));
        if (!row.element.hidden) left++;
      }
      for (const group of document.querySelectorAll("main .group")) {
        group.hidden = !group.querySelector("label.choice:not([hidden])");
      }
      status.textContent = words2.length > 0 ? t("found", { Count: left }) : "";
    }
  });
  return h("div", { class: "field search" }, h("label", { for: "search" }, t("search")), input, status);
}
function grouped(q, c, rows) {
  const shown2 = c.shown.map((i) => rows[i].element);
  if (q.groups.length === 0) return shown2;
  let at = 0;
  return q.groups.map((g) => h("fieldset", { class: "group" }, h("legend", {}, half(g.name)), ...shown2.slice(at, at += g.size)));
}
function answers(q, c, photo, changed) {
  const type = q.max === 1 ? "radio" : "checkbox";
  const root = h("div", { class: "choices" });
  const inputs = () => root.querySelectorAll("input[name=answer]");
  const rows = q.answers.map((a, i) => choice(type, "answer", half(a), c.chosen.has(i), (on) => {
    if (type === "radio") c.chosen.clear();
    if (on) {
      c.chosen.add(i);
      c.blank = false;
      const blank = root.querySelector(".blank input");
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
      type: "button",
      class: "button second small",
      click: () => {
        c.chosen.clear();
        for (const input of inputs()) input.checked = false;
        changed();
      }
    }, t("clear")));
  }
  return root;
}
function lists(q, c, photo, changed) {
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
  const candidates = () => {
    root.querySelector(".candidates")?.remove();
    if (c.list < 0) return;
    const l = q.lists[c.list];
    const at = places(q, c.list);
    const of = l.candidates.map((name2, i) => choice("checkbox", "candidate", half(name2), c.chosen.has(at[i]), (on) => {
      if (on) c.chosen.add(at[i]);
      else c.chosen.delete(at[i]);
      changed();
    }, photo(at[i])).element);
    const all = h("button", {
      type: "button",
      class: "button second small",
      click: () => {
        const on = at.some((i) => !c.chosen.has(i));
        for (const i of at) if (on) c.chosen.add(i);
        else c.chosen.delete(i);
        for (const input of field2.querySelectorAll("input")) input.checked = on;
        changed();
      }
    }, t("all-candidates"));
    const field2 = h("fieldset", { class: "candidates" }, h("legend", {}, t("candidates-of", { Name: half(l.name) })), all, ...of);
    rows[c.list].element.after(field2);
  };
  const tools = search(rows);
  if (tools) root.append(tools);
  root.append(...grouped(q, c, rows));
  candidates();
  return root;
}
function ranked(q, c, photo, changed) {
  const root = h("div", { class: "choices" });
  if (q.grades) {
    const { grades } = q;
    for (const i of c.shown) {
      root.append(h(
        "fieldset",
        { class: "group grades" },
        h("legend", { dir: "auto" }, photo(i), half(q.answers[i])),
        ...grades.map((g, n) => choice("radio", `grade-${i}`, half(g), c.grades[i] === n + 1, () => {
          c.grades[i] = n + 1;
          if (c.blank) clearBlank();
          changed();
        }).element)
      ));
    }
  } else {
    root.append(ranking(q, c, photo, () => {
      if (c.blank) clearBlank();
      changed();
    }));
  }
  const clearBlank = () => {
    c.blank = false;
    find(".blank input", root).checked = false;
  };
  if (q.blank) {
    root.append(blankRow("checkbox", "answer-blank", c, (on) => {
      c.blank = on;
      changed();
    }));
  }
  return root;
}

// ../module/vote/booth/script/page/qr.ts
var correction = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24];
var blocks = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10];
function capacity(version) {
  let squares2 = (16 * version + 128) * version + 64;
  if (version > 1) {
    const align = Math.floor(version / 7) + 2;
    squares2 -= (25 * align - 10) * align - 55;
    if (version > 6) squares2 -= 36;
  }
  return Math.floor(squares2 / 8);
}
function times(a, b2) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = product << 1 ^ (product >>> 7) * 285;
    product ^= (b2 >>> bit & 1) * a;
  }
  return product;
}
function generator(n) {
  const g = new Array(n).fill(0);
  g[n - 1] = 1;
  let root = 1;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) g[j] = times(g[j], root) ^ (g[j + 1] ?? 0);
    root = times(root, 2);
  }
  return g;
}
function remainder(data, g) {
  const r = g.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ r.shift();
    r.push(0);
    g.forEach((c, i) => r[i] ^= times(c, factor));
  }
  return r;
}
function codewords(bytes, version) {
  const ecc = correction[version - 1], count = blocks[version - 1], all = capacity(version);
  const room = all - ecc * count;
  const bits2 = [];
  const put = (value, n) => {
    for (let i = n - 1; i >= 0; i--) bits2.push(value >>> i & 1);
  };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const b2 of bytes) put(b2, 8);
  put(0, Math.min(4, 8 * room - bits2.length));
  put(0, -bits2.length & 7);
  for (let pad = 236; bits2.length < 8 * room; pad ^= 236 ^ 17) put(pad, 8);
  const data = Array.from({ length: room }, (_, i) => bits2.slice(8 * i, 8 * i + 8).reduce((n, bit) => 2 * n + bit, 0));
  const g = generator(ecc), short = Math.floor(room / count), long = room % count;
  const parts = [], checks = [];
  for (let i = 0, at = 0; i < count; i++) {
    const part = data.slice(at, at += short + (i < count - long ? 0 : 1));
    parts.push(part);
    checks.push(remainder(part, g));
  }
  const across = (rows, n) => Array.from({ length: n }, (_, i) => rows.flatMap((row) => i < row.length ? [row[i]] : [])).flat();
  return [...across(parts, short + 1), ...across(checks, ecc)];
}
var masks = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => x * y % 2 + x * y % 3 === 0,
  (x, y) => (x * y % 2 + x * y % 3) % 2 === 0,
  (x, y) => ((x + y) % 2 + x * y % 3) % 2 === 0
];
function bch(value, polynomial, bits2) {
  let r = value << bits2;
  for (let i = 31; i >= bits2; i--) if (r >>> i & 1) r ^= polynomial << i - bits2;
  return value << bits2 | r;
}
function penalty(rows) {
  const n = rows.length;
  let sum = 0, dark = 0;
  for (const line of [...rows, ...rows.map((_, x) => rows.map((row) => row[x]))]) {
    const text = line.map((d) => d ? "1" : "0").join("");
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    for (let i = 0; i + 11 <= n; i++) if (/^(00001011101|10111010000)/.test(text.slice(i, i + 11))) sum += 40;
  }
  rows.forEach((row, y) => row.forEach((d, x) => {
    if (d) dark++;
    if (x > 0 && y > 0 && d === row[x - 1] && d === rows[y - 1][x] && d === rows[y - 1][x - 1]) sum += 3;
  }));
  return sum + 10 * Math.floor(Math.abs(dark * 20 - n * n * 10) / (n * n));
}
function squares(text) {
  const bytes = new TextEncoder().encode(text);
  let version = 1;
  while (capacity(version) - correction[version - 1] * blocks[version - 1] < bytes.length + (version < 10 ? 2 : 3)) {
    if (++version > blocks.length) throw new Error("the text is too long for a QR code");
  }
  const n = 4 * version + 17;
  const rows = Array.from({ length: n }, () => new Array(n).fill(false));
  const fixed = Array.from({ length: n }, () => new Array(n).fill(false));
  const set = (x, y, dark) => {
    if (x < 0 || y < 0 || x >= n || y >= n) return;
    rows[y][x] = dark;
    fixed[y][x] = true;
  };
  const rings = (cx, cy, to, light) => {
    for (let y = -to; y <= to; y++) for (let x = -to; x <= to; x++) set(cx + x, cy + y, !light.includes(Math.max(Math.abs(x), Math.abs(y))));
  };
  for (let i = 0; i < n; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [n - 4, 3], [3, n - 4]]) rings(x, y, 4, [2, 4]);
  const many = version === 1 ? 0 : Math.floor(version / 7) + 2;
  const step = Math.ceil((n - 13) / (2 * many - 2)) * 2;
  const at = Array.from({ length: many }, (_, i) => i === 0 ? 6 : n - 7 - (many - 1 - i) * step);
  for (const y of at) for (const x of at) if (![`6,6`, `6,${n - 7}`, `${n - 7},6`].includes(`${x},${y}`)) rings(x, y, 2, [1]);
  const format = (mask) => {
    const bits2 = bch(mask, 1335, 10) ^ 21522;
    for (let i = 0; i < 15; i++) {
      const dark = (bits2 >>> i & 1) === 1;
      set(8, i < 6 ? i : i < 8 ? i + 1 : n - 15 + i, dark);
      set(i < 8 ? n - 1 - i : i === 8 ? 7 : 14 - i, 8, dark);
    }
    set(8, n - 8, true);
  };
  format(0);
  for (let i = 0, bits2 = bch(version, 7973, 12); version > 6 && i < 18; i++) {
    const a = n - 11 + i % 3, b2 = Math.floor(i / 3), dark = (bits2 >>> i & 1) === 1;
    set(a, b2, dark);
    set(b2, a, dark);
  }
  const data = codewords(bytes, version);
  let next = 0;
  for (let right = n - 1, up = true; right > 0; right -= right === 8 ? 3 : 2, up = !up) {
    for (let i = 0; i < n; i++) {
      for (const x of [right, right - 1]) {
        const y = up ? n - 1 - i : i;
        if (fixed[y][x]) continue;
        if (next < 8 * data.length) rows[y][x] = (data[next >>> 3] >>> 7 - (next & 7) & 1) === 1;
        next++;
      }
    }
  }
  const masked = (mask) => rows.forEach((row, y) => row.forEach((_, x) => {
    if (!fixed[y][x] && masks[mask](x, y)) row[x] = !row[x];
  }));
  const costs = masks.map((_, mask) => {
    format(mask);
    masked(mask);
    const cost = penalty(rows);
    masked(mask);
    return cost;
  });
  const best = costs.indexOf(Math.min(...costs));
  format(best);
  masked(best);
  return rows;
}
var quiet = 4;
function qr(text, label) {
  const rows = squares(text);
  const path = rows.map((row, y) => row.map((dark, x) => dark ? `M${x + quiet} ${y + quiet}h1v1h-1z` : "").join("")).join("");
  const side = rows.length + 2 * quiet;
  return svg(
    "svg",
    { class: "qr", role: "img", "aria-label": label, viewBox: `0 0 ${side} ${side}`, "shape-rendering": "crispEdges" },
    svg("path", { d: path, fill: "#000" })
  );
}

// ../module/vote/booth/script/crypto/hex.ts
var hex = (bytes) => Array.from(bytes, (b2) => b2.toString(16).padStart(2, "0")).join("");

// ../module/vote/booth/script/page/safe.ts
var name = (uuid2) => `bayyina.booth.${uuid2}`;
function keep(uuid2, k) {
  try {
    localStorage.setItem(name(uuid2), JSON.stringify(k));
    return true;
  } catch {
    return false;
  }
}
function kept(uuid2) {
  try {
    const text = localStorage.getItem(name(uuid2));
    return text ? JSON.parse(text) : void 0;
  } catch {
    return void 0;
  }
}
function forget(uuid2) {
  try {
    localStorage.removeItem(name(uuid2));
  } catch {
  }
}

// ../module/vote/booth/script/page/server.ts
var Refusal = class extends Error {
  constructor(status, reason, detail, left) {
    super(detail);
    this.status = status;
    this.reason = reason;
    this.detail = detail;
    this.left = left;
  }
  status;
  reason;
  detail;
  left;
};
var Unreachable = class extends Error {
};
var Server = class {
  constructor(settings2, uuid2) {
    this.settings = settings2;
    this.uuid = uuid2;
  }
  settings;
  uuid;
  async ask(path, body, cache = "no-store") {
    const request = () => fetch(`${this.settings.server}/api/v1${path}`, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache,
      ...body === void 0 ? {} : { method: "POST", body, headers: { "Content-Type": "application/json" } },
      signal: AbortSignal.timeout(6e4 + (body?.length ?? 0))
      // a slow network takes a second for a kilobyte
    });
    const unreachable = () => {
      throw new Unreachable();
    };
    const answer = await (body === void 0 ? request().catch(request) : request()).catch(unreachable);
    if (answer.ok) return answer;
    const problem = await answer.json().catch(() => ({}));
    if (answer.status >= 500) throw new Unreachable();
    throw new Refusal(answer.status, problem.reason ?? "", problem.detail ?? "", problem.attempts_left);
  }
  of(path) {
    return `/elections/${this.uuid}${path}`;
  }
  async voting() {
    return (await this.ask(this.of("/voting"))).json();
  }
  async definition() {
    return (await this.ask(this.of("/definition"))).text();
  }
  async credentials(prefix) {
    const found = await (await this.ask(this.of(`/credentials/${prefix}`))).json();
    return found.credentials;
  }
  // isListed looks a public credential up among many, so that the server does not learn
  // which one was looked for.
  async isListed(credential2, all) {
    const enough = 100, most = 1600;
    let digits = 1;
    while (all / 16 ** digits > most) digits++;
    const prefixes = [credential2.slice(0, digits)];
    if (all / 16 ** digits < enough) {
      for (const digit of "0123456789abcdef") if (digit !== prefixes[0]) prefixes.push(digit);
      prefixes.sort();
    }
    const lists2 = await Promise.all(prefixes.map((p) => this.credentials(p)));
    return lists2.flat().some((c) => c.split(",")[0] === credential2);
  }
  // photo is a photograph of the definition, as the server has it.
  async photo(hash) {
    return (await this.ask(this.of(`/photos/${hash}`), void 0, "default")).arrayBuffer();
  }
  async cast(ballot) {
    return (await this.ask(this.of("/casts"), ballot)).json();
  }
  async sendCode(cast2, voter) {
    return (await this.ask(`/casts/${cast2}/code`, JSON.stringify({ voter }))).json();
  }
  async confirm(cast2, code2) {
    return (await this.ask(`/casts/${cast2}`, JSON.stringify({ code: code2 }))).json();
  }
  async open(opening) {
    await this.ask(this.of("/openings"), opening);
  }
};

// ../module/vote/booth/script/page/send.ts
var pauses = [1, 2, 4, 8, 15, 30];
var wake = () => {
};
addEventListener("online", () => wake());
var pause = (attempt) => new Promise((done2) => {
  const timer = setTimeout(done2, 1e3 * pauses[Math.min(attempt, pauses.length - 1)]);
  wake = () => {
    clearTimeout(timer);
    done2();
  };
});
async function untilAnswered(b2, ask2) {
  let told = "";
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask2();
    } catch (e) {
      const soon = e instanceof Refusal && e.status === 429;
      if (!(e instanceof Unreachable) && !soon) throw e;
      const why = soon ? "waiting-turn" : "waiting-network";
      if (why !== told) {
        show(b2, () => ({
          stage: "cast",
          title: t("waiting-title"),
          content: [
            notice(t(why), "warning"),
            h("p", {}, t("waiting-kept")),
            actions(button(t("try-now"), () => wake()))
          ]
        }));
      }
      told = why;
      await pause(attempt);
    }
  }
}
function send(b2) {
  show(b2, () => ({ stage: "cast", title: t("sending-title"), content: [h("p", {}, t("sending-lead")), h("progress", { "aria-label": t("sending-title") })] }));
  void untilAnswered(b2, () => b2.server.cast(b2.kept.ballot)).then(
    (answer) => "promise" in answer ? done(b2, answer) : codeSent(b2, answer),
    (e) => refused(b2, e)
  );
}
function codeSent(b2, w) {
  b2.kept = { ...b2.kept, cast: w.cast };
  keep(b2.uuid, b2.kept);
  who(b2);
}
function resume(b2) {
  if (b2.kept.cast) who(b2);
  else send(b2);
}
function refused(b2, e) {
  const already = e instanceof Refusal && e.reason === "already-cast";
  if (already) forget(b2.uuid);
  show(b2, () => ({
    stage: "cast",
    title: t(already ? "already-title" : "refused-title"),
    content: [
      already ? notice(t("already-lead")) : wrong(failure(e)),
      ...tracker(b2),
      actions(...already ? [] : [button(t("try-again"), () => send(b2))], button(t("start-again"), () => again(b2), "second"))
    ]
  }));
}
function again(b2) {
  forget(b2.uuid);
  b2.kept = void 0;
  b2.accepted = void 0;
  b2.choices = [];
  b2.typed = "";
  credential(b2);
}
var field = (id, label, hint, attributes) => {
  const input = h("input", { id, "aria-describedby": `${id}-hint`, autocomplete: "off", ...attributes });
  return [h("div", { class: "field" }, h("label", { for: id }, label), h("span", { class: "hint", id: `${id}-hint` }, hint), input), input];
};
function ask(b2, title, lead, make, label, act, more = () => []) {
  show(b2, () => {
    const [element, input] = make();
    const problem = h("div");
    const go = h("button", { class: "button" }, t(label));
    const submit = async (e) => {
      e.preventDefault();
      if (go.disabled || input.value.trim() === "") return;
      go.disabled = true;
      const said = await act(ascii(input.value).trim()).catch((e2) => failure(e2));
      go.disabled = false;
      if (said === void 0) return;
      problem.replaceChildren(wrong(said));
      input.focus();
    };
    return {
      stage: "cast",
      title: t(title),
      content: [
        h("p", {}, t(lead)),
        problem,
        h("form", { submit: (e) => void submit(e) }, element, h("div", { class: "actions" }, go, ...more())),
        h("p", { class: "quiet" }, t("waiting-kept"))
      ]
    };
  });
}
function who(b2) {
  ask(b2, "who-title", "who-lead", () => field("voter", t("who-label"), t("who-hint"), { dir: "auto" }), "who-send", async (voter) => {
    try {
      const sent = await b2.server.sendCode(b2.kept.cast, voter);
      confirm(b2, voter, sent.sent, sent.to, sent.again_after);
      return void 0;
    } catch (e) {
      return expired(b2, e);
    }
  });
}
function expired(b2, e) {
  if (e instanceof Refusal && (e.status === 410 || e.status === 404)) {
    send(b2);
    return void 0;
  }
  throw e;
}
function confirm(b2, voter, way, to, after) {
  const sent = Date.now();
  ask(b2, "code-title", "code-lead", () => field("code", t("code-label"), t(way === "email" ? "code-hint-email" : "code-hint-sms", { To: to }), {
    class: "code code-field",
    dir: "ltr",
    inputmode: "numeric",
    maxlength: "12",
    autocomplete: "one-time-code"
  }), "code-confirm", async (typed2) => {
    const digits = typed2.replaceAll(/\D/g, "");
    if (digits.length !== 6) return t("code-digits");
    try {
      await done(b2, await b2.server.confirm(b2.kept.cast, digits));
      return void 0;
    } catch (e) {
      if (e instanceof Refusal && e.reason === "wrong-code") return t("code-wrong-left", { Count: e.left ?? 0 });
      if (e instanceof Refusal && e.status === 409) {
        refused(b2, e);
        return void 0;
      }
      return expired(b2, e);
    }
  }, () => [again_(b2, voter, sent, after)]);
}
function again_(b2, voter, since, after) {
  const other2 = button(t("code-again"), () => {
    other2.disabled = true;
    b2.server.sendCode(b2.kept.cast, voter).then((s) => confirm(b2, voter, s.sent, s.to, s.again_after), () => {
      other2.disabled = false;
    });
  }, "second");
  const wait = since + 1e3 * after - Date.now();
  other2.disabled = wait > 0;
  if (wait > 0) setTimeout(() => {
    other2.disabled = false;
  }, wait);
  return other2;
}
var tracker = (b2) => [h(
  "section",
  { class: "card" },
  h("h2", {}, t("tracker")),
  h("p", {}, code(b2.kept.tracker)),
  qr(onBoard(b2, `/elections/${b2.uuid}/trackers?tracker=${encodeURIComponent(b2.kept.tracker)}`), t("tracker-qr")),
  h("p", { class: "quiet" }, t("tracker-hint"))
)];
async function done(b2, a) {
  const { log, receipt } = b2.settings;
  const { tracker: own, credential: credential2 } = b2.kept;
  let times2;
  try {
    times2 = await b2.cryptography.call("promised", a.promise, { log, receipt, election: b2.uuid, credential: credential2, tracker: hex(Uint8Array.from(atob(own), (c) => c.charCodeAt(0))) });
  } catch {
    show(b2, () => ({
      stage: "cast",
      title: t("promise-bad-title"),
      content: [
        wrong(t("promise-bad")),
        ...tracker(b2),
        actions(button(t("try-again"), () => send(b2)), saved(a))
      ]
    }));
    return;
  }
  forget(b2.uuid);
  b2.accepted = a;
  const { issued, deadline } = times2;
  show(b2, () => ({
    title: t("done-title"),
    content: [
      h("p", { class: "verdict true" }, sign("sign-true", "star true"), h("span", {}, t("done-promised"))),
      h("p", {}, t("done-lead", { Deadline: moment(deadline) })),
      ...tracker(b2),
      actions(button(t("print"), () => print()), saved(a)),
      h("p", { class: "quiet" }, t("done-issued", { Issued: moment(issued) })),
      notice(t("done-again", { Until: moment(b2.voting.accepting_until) })),
      h("p", {}, t("done-close")),
      h("p", {}, button(t("start-again"), () => again(b2), "second small"))
    ]
  }));
}
var saved = (a) => h("a", {
  class: "button second",
  download: "promise.txt",
  href: URL.createObjectURL(new Blob([a.promise], { type: "text/plain" }))
}, t("save-promise"));

// ../module/vote/booth/script/page/seal.ts
async function seal(b2) {
  const bar = h("progress", { max: 1, value: 0, "aria-label": t("encrypting") });
  show(b2, () => ({ stage: "review", title: t("encrypting"), content: [h("p", {}, t("encrypting-lead")), bar] }));
  b2.cryptography.onprogress = (share) => {
    bar.value = share;
  };
  b2.commitment = await b2.cryptography.call("encrypt", b2.election.questions.map((q, i) => numbers(q, b2.choices[i])));
  choose(b2);
}
var checkLink = (b2) => onBoard(b2, `/check-ballot#${b2.uuid}/${b2.commitment.replaceAll("+", "-").replaceAll("/", "_")}/${b2.credential}`);
var sealed = (b2) => h("code", { class: "code seal" }, h("b", {}, b2.commitment.slice(0, 8)), b2.commitment.slice(8));
function choose(b2) {
  show(b2, () => ({
    stage: "cast",
    title: t("seal-title"),
    content: [
      h("p", {}, t("seal-lead")),
      sealed(b2),
      h(
        "div",
        { class: "two" },
        h("section", { class: "card" }, h("h2", {}, t("cast")), h("p", {}, t("cast-hint")), actions(button(t("cast-now"), () => void cast(b2)))),
        h("section", { class: "card" }, h("h2", {}, t("check")), h("p", {}, t("check-hint")), actions(button(t("check-now"), () => void open(b2), "second")))
      ),
      h("details", { class: "table" }, h("summary", {}, t("check-link")), qr(checkLink(b2), t("check-link")), h("p", { class: "quiet" }, t("check-link-hint"))),
      h("p", {}, button(t("back-review"), () => review(b2), "second small"))
    ]
  }));
}
async function cast(b2) {
  const signed = await b2.cryptography.call("sign");
  b2.kept = { ...signed, credential: b2.credential };
  keep(b2.uuid, b2.kept);
  b2.choices = [];
  b2.typed = "";
  send(b2);
}
async function open(b2) {
  const opening = await b2.cryptography.call("reveal");
  const address = URL.createObjectURL(new Blob([opening], { type: "application/json" }));
  let problem;
  const page = () => show(b2, () => ({
    stage: "cast",
    title: t("opened-title"),
    content: [
      h("p", {}, t("opened-lead")),
      sealed(b2),
      ...problem ? [problem] : [],
      h(
        "section",
        { class: "card" },
        h("h2", {}, t("opened-scan")),
        qr(checkLink(b2), t("opened-scan")),
        h("p", {}, h("a", { href: checkLink(b2), target: "_blank", rel: "noreferrer" }, t("opened-here")))
      ),
      h(
        "section",
        { class: "card" },
        h("h2", {}, t("opened-file")),
        h("p", {}, t("opened-file-hint")),
        actions(h("a", { class: "button second", href: address, download: "opening.json" }, t("opened-save")))
      ),
      notice(t("opened-again")),
      actions(button(t("encrypt-again"), () => review(b2)))
    ]
  }));
  page();
  try {
    await b2.server.open(opening);
  } catch (e) {
    problem = wrong(e instanceof Refusal ? t("reason-other", { Detail: e.detail }) : e instanceof Unreachable ? t("opened-unreachable") : String(e));
    page();
  }
}

// ../module/vote/booth/script/page/choose.ts
var alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
var form = [5, 6, 5, 6];
function complaint(typed2) {
  const parts = typed2.split("-");
  if (parts.length === 3 && parts.every((p) => p.length === 5)) return t("credential-password");
  const strange = [...typed2].find((c) => c !== "-" && !alphabet.includes(c));
  if (strange) return t("credential-character", { Character: strange });
  const length = typed2.replaceAll("-", "").length;
  if (length !== 22) return t("credential-length", { Count: length });
  return void 0;
}
function spelt(typed2) {
  const bare2 = typed2.replaceAll(/[\s\u2010-\u2015_]/g, "-").replaceAll(/-+/g, "-").replaceAll(/^-|-$/g, "");
  const digits = bare2.replaceAll("-", "");
  if (digits.length !== 22) return bare2;
  let at = 0;
  return form.map((n) => digits.slice(at, at += n)).join("-");
}
function credential(b2) {
  show(b2, () => {
    const problem = h("div");
    const input = h("input", {
      id: "credential",
      class: "code",
      dir: "ltr",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      "aria-describedby": "credential-hint",
      value: b2.typed
    });
    const go = h("button", { class: "button" }, t("next"));
    const submit = async (e) => {
      e.preventDefault();
      if (go.disabled) return;
      b2.typed = spelt(input.value);
      const said = complaint(b2.typed) ?? (go.disabled = true, await look(b2).catch((e2) => failure(e2)));
      go.disabled = false;
      if (said === void 0) {
        goTo({ name: "question", index: 0 });
        question(b2, 0);
        return;
      }
      problem.replaceChildren(wrong(said));
      input.setAttribute("aria-invalid", "true");
      input.focus();
    };
    return {
      stage: "credential",
      title: t("credential-title"),
      content: [
        h("p", {}, t("hours", { Opens: moment(b2.voting.opens), Until: moment(b2.voting.accepting_until) })),
        problem,
        h(
          "form",
          { submit: (e) => void submit(e) },
          h(
            "div",
            { class: "field" },
            h("label", { for: "credential" }, t("credential-label")),
            h("span", { class: "hint", id: "credential-hint" }, t("credential-hint")),
            input
          ),
          h("div", { class: "actions" }, go)
        ),
        h("p", { class: "quiet" }, t("credential-why"))
      ]
    };
  });
}
function failure(e) {
  if (e instanceof Refusal) {
    const known = [
      "closed",
      "not-open",
      "unknown-election",
      "too-soon",
      "already-cast",
      "asked-just-now",
      "no-attempts",
      "code-expired",
      "other-credential",
      "other-voter"
    ];
    return known.includes(e.reason) ? t(`reason-${e.reason}`) : t("reason-other", { Detail: e.detail });
  }
  return t("unreachable");
}
async function look(b2) {
  b2.credential = await b2.cryptography.call("identify", b2.typed);
  if (!await b2.server.isListed(b2.credential, b2.voting.credentials)) return t("credential-unknown");
  if (b2.choices.length === 0) b2.choices = b2.election.questions.map(begin);
  return void 0;
}
function question(b2, index) {
  const q = b2.election.questions[index];
  const c = b2.choices[index];
  show(b2, () => {
    const problem = h("div");
    const status = h("p", { class: "status", role: "status" });
    const changed = () => {
      problem.replaceChildren();
      status.textContent = q.kind === "homomorphic" && q.max > 1 && !c.blank ? t("chosen", { Count: c.chosen.size, Most: q.max }) : "";
    };
    changed();
    const next = () => {
      const said = missing(q, c);
      if (said) {
        problem.replaceChildren(wrong(said));
        find("div", problem).scrollIntoView({ block: "center" });
        return;
      }
      if (index + 1 < b2.election.questions.length) {
        goTo({ name: "question", index: index + 1 });
        question(b2, index + 1);
      } else {
        goTo({ name: "review" });
        review(b2);
      }
    };
    const many = b2.election.questions.length > 1;
    return {
      stage: "questions",
      title: half(q.title),
      content: [
        ...many ? [h("p", { class: "quiet" }, t("question-of", { Number: index + 1, All: b2.election.questions.length }))] : [],
        h("p", {}, rule(q)),
        ...q.drawn ? [h("p", { class: "quiet" }, t("drawn"))] : [],
        h(
          "form",
          { submit: (e) => {
            e.preventDefault();
            next();
          }, class: "stack" },
          h("fieldset", { class: "question" }, h("legend", { class: "unseen" }, half(q.title)), fieldOf(q, c, b2.photos, changed)),
          problem,
          h("div", { class: "bar-below" }, status, actions(h("button", { class: "button" }, t("next")), button(t("back"), () => history.back(), "second")))
        )
      ]
    };
  });
  void b2.photos.load(q.photos);
}
function review(b2) {
  show(b2, () => ({
    stage: "review",
    title: t("review-title"),
    content: [
      h("p", {}, t("review-lead")),
      ...b2.election.questions.map((q, i) => {
        const c = b2.choices[i];
        const left = unused(q, c);
        return h(
          "section",
          { class: "card" },
          h("h2", { dir: "auto" }, half(q.title)),
          h("ul", { class: "answers" }, ...describe(q, c).map(({ text, answer }) => h("li", {}, b2.photos.place(q.photos[answer ?? -1]), h("span", { dir: "auto" }, text)))),
          left !== void 0 && notice(left, "warning"),
          actions(button(t("change"), () => {
            goTo({ name: "question", index: i });
            question(b2, i);
          }, "second"))
        );
      }),
      actions(button(t("encrypt"), () => void seal(b2)), button(t("back"), () => history.back(), "second")),
      h("p", { class: "quiet" }, t("encrypt-hint"))
    ]
  }));
}

// ../module/vote/booth/script/page/photo.ts
var Photos = class {
  constructor(server) {
    this.server = server;
  }
  server;
  here = /* @__PURE__ */ new Map();
  // addresses by hash
  asked = /* @__PURE__ */ new Set();
  // place is where a photograph is shown, as soon as it is here.
  place(hash) {
    if (!hash) return void 0;
    const place = h("span", { class: "photo", "data-photo": hash });
    this.fill(place, this.here.get(hash));
    return place;
  }
  fill(place, address) {
    if (address) place.replaceChildren(h("img", { src: address, alt: "" }));
  }
  // load fetches those that are not here.
  async load(hashes2) {
    for (const hash of hashes2.filter((hash2) => hash2 !== "" && !this.asked.has(hash2))) {
      this.asked.add(hash);
      try {
        const photo = await this.server.photo(hash);
        if (hex(new Uint8Array(await crypto.subtle.digest("SHA-256", photo))) !== hash) continue;
        const address = URL.createObjectURL(new Blob([photo], { type: "image/jpeg" }));
        this.here.set(hash, address);
        for (const place of document.querySelectorAll(`[data-photo="${hash}"]`)) this.fill(place, address);
      } catch {
        this.asked.delete(hash);
      }
    }
  }
};

// ../module/vote/booth/script/page/worker.ts
var Cryptography = class _Cryptography {
  constructor(worker) {
    this.worker = worker;
    worker.onmessage = ({ data }) => {
      if (data.progress !== void 0) return this.onprogress(data.progress);
      const { yes, no } = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.error === void 0) yes(data.result);
      else no(new Error(data.error));
    };
  }
  worker;
  waiting = /* @__PURE__ */ new Map();
  last = 0;
  onprogress = () => {
  };
  // start runs the worker's script, whose bytes the page names. It throws where this browser
  // cannot run it.
  static async start(integrity) {
    const script = await fetch("worker.js", { integrity });
    const address = URL.createObjectURL(new Blob([await script.arrayBuffer()], { type: "text/javascript" }));
    const policy = window.trustedTypes?.createPolicy("booth", { createScriptURL: () => address });
    const worker = new Worker(policy?.createScriptURL("") ?? address);
    await new Promise((yes, no) => {
      worker.onmessage = () => yes();
      worker.onerror = (e) => no(new Error(e.message));
    });
    return new _Cryptography(worker);
  }
  call(call, ...args) {
    const id = ++this.last;
    this.worker.postMessage({ id, call, args });
    return new Promise((yes, no) => this.waiting.set(id, { yes, no }));
  }
};

// ../module/vote/booth/script/booth.ts
var hashes = document.documentElement.dataset;
var read = async (name2, integrity) => (await fetch(name2, { integrity })).json();
function unfit(e) {
  find(".first")?.remove();
  find(".late")?.classList.add("now");
  throw e;
}
var [settings, words, cryptography] = await Promise.all([
  read("booth.json", hashes.settings),
  read("texts.json", hashes.texts),
  Cryptography.start(hashes.worker)
]).catch(unfit);
var [, uuid = "", typed = ""] = /^#([1-9A-HJ-NP-Za-km-z]{14,64})(?:[/.:]([-\w]+))?$/.exec(location.hash) ?? [];
if (uuid) history.replaceState({ name: "credential" }, "", `${location.pathname}#${uuid}`);
speak(words, "ar");
if (!navigator.languages.some((l) => l.startsWith("ar")) && navigator.languages.some((l) => l.startsWith("en"))) speak(words, "en");
var shell = () => {
  find("#language").textContent = t("language", {}, other());
  find("#language").lang = other();
  find("#mark").textContent = t("mark");
  find(".skip").textContent = t("skip");
  find("#foot").textContent = t("foot");
  offline();
};
var offline = () => {
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
var b = { settings, cryptography, uuid, typed, credential: "", choices: [], commitment: "" };
addEventListener("beforeunload", (e) => {
  if (b.choices.length > 0 && !b.kept) e.preventDefault();
});
addEventListener("popstate", (e) => {
  const place = e.state;
  if (!b.voting) return;
  if (b.kept || !place || b.choices.length === 0) {
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
async function start() {
  if (!uuid) {
    show(void 0, () => ({
      title: t("no-election-title"),
      content: [
        h("p", {}, t("no-election")),
        h("p", {}, h("a", { href: onBoard(b, "/elections") }, t("all-elections")))
      ]
    }));
    return;
  }
  show(void 0, () => ({ title: t("opening-title"), content: [h("progress", { "aria-label": t("opening-title") })] }));
  b.server = new Server(settings, uuid);
  b.photos = new Photos(b.server);
  let voting, definition;
  try {
    [voting, definition] = await Promise.all([b.server.voting(), b.server.definition()]);
  } catch (e) {
    show(void 0, () => ({ title: t("not-reached-title"), content: [wrong(failure(e)), actions(button(t("try-again"), () => void start()))] }));
    return;
  }
  b.election = parseElection(definition);
  if (b.election.uuid !== uuid || await cryptography.call("open", definition) !== voting.definition) {
    show(void 0, () => ({ title: t("not-reached-title"), content: [wrong(t("definition-differs"))] }));
    return;
  }
  b.voting = voting;
  b.kept = kept(uuid);
  if (b.kept) return resume(b);
  const now = Date.parse(voting.now);
  if (!voting.opens || now < Date.parse(voting.opens)) {
    show(b, () => ({ title: t("not-open-title"), content: [notice(voting.opens ? t("opens", { Opens: moment(voting.opens) }) : t("opens-unknown"))] }));
  } else if (now > Date.parse(voting.accepting_until)) {
    show(b, () => ({ title: t("closed-title"), content: [notice(t("closed", { Until: moment(voting.accepting_until) }))] }));
  } else {
    credential(b);
  }
}
await start();
document.documentElement.classList.add("here");
