import { useState } from "react";
import type { FactValue, MovedAnswer } from "../api/diagnosis-types";
import { t } from "../words";
import { formatValue } from "../words/format";
import { familyTitle, formatSide, yearOf } from "./answers";
import { factTitle } from "./facts";

const FIRST = 5;
const YEAR = 10;
const INPUTS = 5;

/** Which answers moved, from what to what, and by which inputs; the versions of one model stand on one line. */
export function Since({ title, none, moved }: { title: string; none: string; moved: MovedAnswer[] }) {
  const [all, setAll] = useState(false);
  if (moved.length === 0)
    return (
      <section className="panel since" data-testid="since">
        <p className="quiet">{none}</p>
      </section>
    );
  const lines = folded(moved);
  const shown = all ? lines : lines.slice(0, FIRST);
  return (
    <section className="panel since" data-testid="since">
      <h2 className="eyebrow">{title}</h2>
      <ul>
        {shown.map((several) => (
          <Line key={several.map((one) => one.model).join()} several={several} />
        ))}
      </ul>
      {lines.length > FIRST && (
        <button type="button" className="button small" onClick={() => setAll(!all)}>
          {all ? t("since.fewer") : t("since.more", { count: lines.length - FIRST })}
        </button>
      )}
    </section>
  );
}

/** Versions of one model that went the same way together. */
export function folded(moved: MovedAnswer[]): MovedAnswer[][] {
  const lines = new Map<string, MovedAnswer[]>();
  for (const one of moved) {
    const key = `${one.name} ${way(one)}`;
    lines.set(key, [...(lines.get(key) ?? []), one]);
  }
  return [...lines.values()];
}

function way(one: MovedAnswer): "moved" | "now_answers" | "now_refuses" | "still" {
  if (one.before === null && one.after === null) return "moved";
  if (one.after === null) return "now_answers";
  return one.before === null ? "now_refuses" : "still";
}

/** The output that stands for the answer: alive after ten years where there is one, else the first. */
function telling(moved: MovedAnswer) {
  const alive = moved.estimates.find(
    (each) => yearOf(each.output) === YEAR && /treated$/.test(each.output) && /survival/.test(each.output),
  );
  return alive ?? moved.estimates[0];
}

function Line({ several }: { several: MovedAnswer[] }) {
  const first = several[0] as MovedAnswer;
  const how = way(first);
  const inputs = new Map(several.flatMap((one) => one.inputs.map((each) => [each.name, each])));
  const words = [...inputs.values()].map(
    (each) => `${factTitle(each.name, each.title)} ${side(each.before)} → ${side(each.after)}`,
  );
  const more = words.length - INPUTS;
  return (
    <li>
      <strong>{(several.length > 1 ? familyTitle(first.title) : first.title).replace(/:.*$/, "")}</strong>
      <span className="since-how">
        {how === "moved" ? (
          <>
            <span className="quiet">{telling(first)?.title}</span>
            {several.map((one) => (
              <Sides key={one.model} one={one} versions={several.length > 1} />
            ))}
          </>
        ) : (
          <span>
            <strong>{t(`since.${how}`)}</strong>{" "}
            {several.length > 1 && (
              <span className="quiet">{several.map((one) => one.version).join(", ")}</span>
            )}
          </span>
        )}
      </span>
      <span className="quiet small">
        {words.length > 0 && t("since.by", { inputs: words.slice(0, INPUTS).join(", ") })}
        {more > 0 && ` ${t("since.and_more", { count: more })}`}
      </span>
    </li>
  );
}

function Sides({ one, versions }: { one: MovedAnswer; versions: boolean }) {
  const estimate = telling(one);
  if (!estimate) return null;
  return (
    <span className="since-sides">
      {versions && <span className="quiet small">{one.version} </span>}
      <span className="since-was">{formatSide(estimate.before, estimate.unit)}</span>{" "}
      <span aria-hidden="true">→</span> <strong>{formatSide(estimate.after, estimate.unit)}</strong>
    </span>
  );
}

function side(value: FactValue): string {
  return value === null ? t("since.nothing") : formatValue(value);
}
