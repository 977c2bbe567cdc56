import { en, type Plural, type Words } from "./en";

export type Key = keyof typeof en;

type Entry<K extends Key> = (typeof en)[K];
type Text<K extends Key> =
  Entry<K> extends string ? Entry<K> : Entry<K> extends { other: infer O } ? O : never;
type Holes<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Holes<Rest> : never;
type Filling<K extends Key> = Record<Holes<Text<K>>, string | number>;
type Arguments<K extends Key> = [Holes<Text<K>>] extends [never] ? [] : [Filling<K>];

/** Languages by code; Swedish, Danish and Norwegian (sv, da, nb) are added here, each with its own catalogue. */
const catalogues: Record<string, Words> = { en };

function chooseLanguage(): string {
  const wanted = typeof navigator === "undefined" ? ["en"] : navigator.languages;
  for (const tag of wanted) {
    const code = tag.split("-")[0] ?? "en";
    if (code in catalogues) return code;
  }
  return "en";
}

export const language = chooseLanguage();
const words: Words = catalogues[language] ?? en;
const plurals = new Intl.PluralRules(language);

/** The words for a key, in the page's language, with the holes filled. */
export function t<K extends Key>(key: K, ...filling: Arguments<K>): string {
  const values = (filling[0] ?? {}) as Record<string, string | number>;
  const entry: string | Plural = words[key];
  const text =
    typeof entry === "string"
      ? entry
      : plurals.select(Number(values.count)) === "one"
        ? entry.one
        : entry.other;
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
}

/** The words for a key made at run time (`state.` + state), or the fallback where the catalogue has none. */
export function tMaybe(key: string, fallback: string): string {
  const entry = (words as Record<string, string | Plural>)[key];
  return typeof entry === "string" ? entry : fallback;
}
