import { describe, expect, it } from "vitest";
import { t, tMaybe } from "../../src/words";
import { en } from "../../src/words/en";

describe("the catalogue", () => {
  it("fills the holes of an entry", () => {
    expect(t("tile.open", { bed: "03", pseudonym: "Alder", state: "Fine" })).toBe("Bed 03, Alder: Fine");
  });

  it("chooses the plural by the language's rules", () => {
    expect(t("ward.sensors_lost", { count: 1 })).toBe("1 sensor lost");
    expect(t("ward.sensors_lost", { count: 0 })).toBe("0 sensors lost");
  });

  it("falls back on the server's own words for what it does not know", () => {
    expect(tMaybe("signal.central_venous_pressure", "Central venous pressure")).toBe(
      "Central venous pressure",
    );
    expect(tMaybe("signal.spo2", "x")).toBe("Oxygen saturation");
  });

  it("has no empty entry, and plurals that differ only in number have the same holes", () => {
    const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    for (const [key, entry] of Object.entries(en)) {
      const texts = typeof entry === "string" ? [entry] : [entry.one, entry.other];
      for (const text of texts) expect(text.trim(), key).not.toBe("");
      if (typeof entry === "string") continue;
      const missing = holes(entry.other).filter((name) => !holes(entry.one).includes(name));
      expect(
        missing.filter((name) => name !== "count"),
        key,
      ).toEqual([]);
    }
  });

  it("says the line that cannot be dismissed, word for word", () => {
    expect(t("app.research")).toBe(
      "Research use. Not a medical device. Does not replace the bedside monitor.",
    );
  });
});
