import { useState } from "react";
import type { FactValue, MovedAnswer } from "../api/diagnosis-types";
import { t } from "../words";
import { formatValue } from "../words/format";
import { formatSide, yearOf } from "./answers";

const FIRST = 4;
const YEAR = 10;

/** Which answers moved, from what to what, and by which inputs. */
export function Since({ title, none, moved }: { title: string; none: string; moved: MovedAnswer[] }) {
  const [all, setAll] = useState(false);
  if (moved.length === 0)
    return (
      <section className="panel since" data-testid="since">
        <p className="quiet">{none}</p>
      </section>
    );
  const shown = all ? moved : moved.slice(0, FIRST);
  return (
    <section className="panel since" data-testid="since">
      <h2 className="eyebrow">{title}</h2>
      <ul>
        {shown.map((one) => (
          <Line key={one.model} moved={one} />
        ))}
      </ul>
      {moved.length > FIRST && (
        <button type="button" className="button small" onClick={() => setAll(!all)}>
          {all ? t("app.close") : t("since.more", { count: moved.length - FIRST })}
        </button>
      )}
    </section>
  );
}

/** The output that stands for the answer: alive after ten years where there is one, else the first. */
function telling(moved: MovedAnswer) {
  return (
    moved.estimates.find((each) => yearOf(each.output) === YEAR && /treated$/.test(each.output)) ??
    moved.estimates[0]
  );
}

function Line({ moved }: { moved: MovedAnswer }) {
  const one = telling(moved);
  const inputs = moved.inputs
    .map((each) => `${each.title} ${side(each.before)} → ${side(each.after)}`)
    .join(", ");
  return (
    <li>
      <span className="since-model">
        <strong>{moved.name}</strong> <span className="quiet">{moved.version}</span>
      </span>
      <span>
        {one ? (
          <>
            <span className="quiet">{one.title}</span>{" "}
            <span className="since-was">{formatSide(one.before, one.unit)}</span>{" "}
            <span aria-hidden="true">→</span> <strong>{formatSide(one.after, one.unit)}</strong>
          </>
        ) : (
          <strong>
            {t(
              moved.after === null
                ? "since.now_answers"
                : moved.before === null
                  ? "since.now_refuses"
                  : "since.still",
            )}
          </strong>
        )}
      </span>
      <span className="quiet small">{inputs && t("since.by", { inputs })}</span>
    </li>
  );
}

function side(value: FactValue): string {
  return value === null ? t("since.nothing") : formatValue(value);
}
