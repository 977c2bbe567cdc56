import type { HundredPeople } from "../api/diagnosis-types";
import { t, tMaybe } from "../words";

/** A hundred people by what became of them. */

export type Fate = "anyway" | "other" | "cancer" | `because-${number}`;

export interface People {
  fate: Fate;
  people: number;
  /** The treatment that they are alive because of. */
  given: string | null;
}

/** In the order in which they are drawn: alive first. */
export function fates(hundred: HundredPeople): People[] {
  return [
    { fate: "anyway", people: hundred.alive_anyway, given: null },
    ...hundred.because_of.map(
      ({ given, people }, i): People => ({ fate: `because-${Math.min(i + 1, 5)}`, people, given }),
    ),
    { fate: "other", people: hundred.died_otherwise, given: null },
    { fate: "cancer", people: hundred.died_of_cancer, given: null },
  ];
}

export function treatmentWords(given: string): string {
  return tMaybe(`course.given.${given}`, given.replaceAll("_", " "));
}

export function fateWords({ fate, given }: People): string {
  if (given !== null) return t("course.because", { treatment: treatmentWords(given) });
  return t(fate === "other" ? "course.other" : fate === "cancer" ? "course.cancer" : "course.anyway");
}

const STEP = 24;
const PERSON = "M-5.500 10.500V3.500a4 4 0 0 1 4-4h3a4 4 0 0 1 4 4v7z";

/** One person; whoever is alive because of a treatment carries its number, whoever died is an outline. */
function Person({ fate, x, y }: { fate: Fate; x: number; y: number }) {
  const mark = fate.startsWith("because-") ? fate.slice(8) : null;
  return (
    <g className={`person person-${fate}`} transform={`translate(${x} ${y})`}>
      <circle cy={-6} r={3.8} />
      <path d={PERSON} />
      {mark && (
        <text y={8.4} textAnchor="middle">
          {mark}
        </text>
      )}
      {fate === "cancer" && <path className="person-cross" d="M-3 1.500l6 6M3 1.500l-6 6" />}
    </g>
  );
}

/** The hundred as an icon array, ten in a row. */
export function PeopleArray({ hundred }: { hundred: HundredPeople }) {
  const parts = fates(hundred);
  const each = parts.flatMap((part) => Array.from({ length: part.people }, () => part.fate));
  const label = t("course.label", {
    anyway: hundred.alive_anyway,
    because: parts
      .filter((part) => part.given !== null)
      .map((part) => `${part.people} ${fateWords(part)}`)
      .join(", "),
    other: hundred.died_otherwise,
    cancer: hundred.died_of_cancer,
  });
  return (
    <svg className="people-array" viewBox="0 0 240 240" role="img" aria-label={label} data-testid="people">
      {each.map((fate, i) => (
        <Person
          // biome-ignore lint/suspicious/noArrayIndexKey: a hundred places, each its own.
          key={i}
          fate={fate}
          x={STEP / 2 + STEP * (i % 10)}
          y={STEP / 2 + STEP * Math.floor(i / 10)}
        />
      ))}
    </svg>
  );
}

/** What each figure means, with how many there are. */
export function PeopleLegend({ hundred }: { hundred: HundredPeople }) {
  return (
    <ul className="people-legend">
      {fates(hundred).map((part) => (
        <li key={part.fate} data-fate={part.fate}>
          <svg width={22} height={24} viewBox="-11 -12 22 24" aria-hidden="true">
            <Person fate={part.fate} x={0} y={0} />
          </svg>
          <strong>{part.people}</strong>
          <span>{fateWords(part)}</span>
        </li>
      ))}
    </ul>
  );
}
