// The booth's words in both languages, chosen in place.

export type Language = "ar" | "en";

type Forms = Record<string, string>; // by plural form; "other" is always there

let catalogues: Record<Language, Record<string, Forms>>;
let language: Language = "ar";
let plurals: Intl.PluralRules;

export function speak(words: typeof catalogues, l: Language): void {
  catalogues = words;
  language = l;
  plurals = new Intl.PluralRules(l);
  document.documentElement.lang = l;
  document.documentElement.dir = l === "ar" ? "rtl" : "ltr";
}

export const spoken = (): Language => language;

export const other = (): Language => (language === "ar" ? "en" : "ar");

// t is a message. Values are isolated, so that a name in the other direction does not turn
// the sentence around it.
export function t(id: string, values: Record<string, string | number> = {}, l: Language = language): string {
  const forms = catalogues[l][`booth.${id}`];
  if (!forms) throw new Error(`no words for ${id}`);
  const count = values.Count;
  const form = (typeof count === "number" && forms[plurals.select(count)]) || forms.other!;
  return form.replaceAll(/\{\{\.(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === "number" ? String(value) : isolate(value ?? "");
  });
}

const isolate = (text: string): string => `\u2068${bare(text)}\u2069`;

// bare takes away the marks that could reorder what follows.
export const bare = (text: string): string => text.replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, "");

const arabic = /\p{Script=Arabic}/u;
const latin = /\p{Script=Latin}/u;

// half is the reader's half of a text that stands in both languages with a middle dot
// between, as questions and answers may; any other text is whole.
export function half(text: string): string {
  const parts = text.split(" · ");
  const ar = parts.find((p) => arabic.test(p) && !latin.test(p));
  const en = parts.find((p) => latin.test(p) && !arabic.test(p));
  if (parts.length !== 2 || !ar || !en) return bare(text);
  return bare(language === "ar" ? ar : en);
}

// pick is the reader's half of what the server gives in both.
export const pick = (text: { ar: string; en: string }): string => bare(text[language]);

export function moment(time: string | number): string {
  return new Intl.DateTimeFormat(language === "ar" ? "ar-LY-u-nu-latn" : "en-GB", {
    day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hour12: false,
  }).format(new Date(time));
}

// ascii writes Arabic-Indic digits as the others.
export const ascii = (text: string): string =>
  text.replaceAll(/[٠-٩۰-۹]/g, (d) => String("٠١٢٣٤٥٦٧٨٩".indexOf(d) + "۰۱۲۳۴۵۶۷۸۹".indexOf(d) + 1));

// plain is a text as it is searched: alif, ya and ta marbuta in one form, no vowel signs.
export const plain = (text: string): string =>
  ascii(text.normalize("NFKC")).toLowerCase().replaceAll(/[أإآٱ]/g, "ا").replaceAll("ى", "ي").replaceAll("ة", "ه")
    .replaceAll("ؤ", "و").replaceAll("ئ", "ي").replaceAll(/[\u064b-\u065f\u0670\u0640]/g, "");
