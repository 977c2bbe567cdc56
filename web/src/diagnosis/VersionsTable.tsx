import { useState } from "react";
import type { DiagnosisEstimate, ModelFamily, ModelVersion } from "../api/diagnosis-types";
import { t, tMaybe } from "../words";
import { formatNumber } from "../words/format";
import type { AnswerProps } from "./Answers";
import {
  type AnswerRow,
  familyTitle,
  formatEstimate,
  isNothing,
  isProbability,
  rowsOf,
  spreadOf,
  yearsOf,
} from "./answers";
import { Here, hereOfVersions } from "./Here";
import { Refused } from "./Refused";

const FIRST_YEAR = 10;

/** The versions of a model in columns: the same question, the same facts, and how far the answers are apart. */
export function VersionsTable({ family, ...shared }: AnswerProps & { family: ModelFamily }) {
  const years = yearsOf(family);
  const [chosen, setYear] = useState(FIRST_YEAR);
  const year = years.includes(chosen) ? chosen : (years[0] ?? null);
  const { versions } = family;
  const rows = rowsOf(versions, year);
  const told = rows.filter((row) => !isNothing(row));
  const nothing = rows.filter(isNothing).map((row) => treatmentOf(row.output));
  const here = hereOfVersions(versions);
  const title =
    versions.find((each) => each.refusal === null)?.title ?? versions.at(-1)?.title ?? family.name;
  return (
    <div className="panel versions" data-testid={`family-${family.name}`}>
      <header className="versions-head">
        <div>
          <h3>{familyTitle(title)}</h3>
          <p className="quiet small">{t("answers.versions")}</p>
        </div>
        {years.length > 1 && (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for.
          <div className="segments" role="group" aria-label={t("answers.years")}>
            {years.map((each) => (
              <button key={each} type="button" aria-pressed={each === year} onClick={() => setYear(each)}>
                {t("answers.year", { n: each })}
              </button>
            ))}
          </div>
        )}
      </header>
      {told.length > 0 && (
        <div className="table-frame">
          <table className="table versions-table">
            <thead>
              <tr>
                <th scope="col">{t("answers.output")}</th>
                {versions.map((each) => (
                  <th key={each.model} scope="col" className="number">
                    <span className="hidden-text">{family.name}</span> {each.version}
                  </th>
                ))}
                <th scope="col" className="versions-apart">
                  {t("answers.apart")}
                </th>
              </tr>
            </thead>
            <tbody>
              {told.map((row) => (
                <Row key={row.output} row={row} versions={versions} onOpen={shared.onOpen} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {nothing.length > 0 && told.length > 0 && (
        <p className="quiet small">
          {t("answers.not_planned", { treatments: [...new Set(nothing)].join(", ") })}
        </p>
      )}
      <RefusedVersions versions={versions} {...shared} />
      <div className="quiet small versions-foot">
        {here.map(({ names, here: did }) => (
          <p key={did.words}>
            {here.length > 1 && <strong>{names.join(", ")}: </strong>}
            {t("answers.here")}: <Here here={did} />
          </p>
        ))}
        <p>{t("answers.no_interval")}</p>
      </div>
    </div>
  );
}

/** Versions that refuse for the same reason stand together. */
function RefusedVersions({ versions, ...shared }: AnswerProps & { versions: ModelVersion[] }) {
  const refusing = new Map<string, ModelVersion[]>();
  for (const each of versions)
    if (each.refusal !== null) refusing.set(each.refusal, [...(refusing.get(each.refusal) ?? []), each]);
  return [...refusing.values()].map((several) => {
    const first = several[0] as ModelVersion;
    return (
      <div key={first.model} className="refused-versions hatched" data-testid="refused-versions">
        <strong>{several.map((each) => each.version).join(", ")}</strong>
        <Refused version={first} {...shared} />
      </div>
    );
  });
}

function treatmentOf(output: string): string {
  const name = output.replace(/_benefit_.*$/, "").replace(/^extended_hormone$/, "hormone_therapy");
  return tMaybe(`course.given.${name}`, name.replaceAll("_", " "));
}

interface RowProps {
  row: AnswerRow;
  versions: ModelVersion[];
  onOpen: AnswerProps["onOpen"];
}

function Row({ row, versions, onOpen }: RowProps) {
  const main = /^overall_survival/.test(row.output);
  return (
    <tr data-main={main} data-output={row.output}>
      <th scope="row">{row.title}</th>
      {row.cells.map((cell, i) => {
        const version = versions[i] as ModelVersion;
        return (
          <td key={version.model} className="number">
            {cell ? (
              <button
                type="button"
                className="number-button"
                data-testid={`${version.model} ${row.output}`}
                onClick={() => onOpen(version, cell)}
              >
                {formatEstimate(cell)}
                <span className="hidden-text">
                  {t("answers.how", { title: `${row.title}, ${version.version}` })}
                </span>
              </button>
            ) : (
              <span className="quiet">–</span>
            )}
          </td>
        );
      })}
      <td className="versions-apart">
        <Spread row={row} />
      </td>
    </tr>
  );
}

/** Categories are the same, or they differ. */
function Categories({ row }: { row: AnswerRow }) {
  const said = row.cells.flatMap((cell) => cell?.category ?? []);
  if (said.length < 2) return null;
  return new Set(said).size === 1 ? t("answers.same") : <strong>{t("answers.differ")}</strong>;
}

/** Each version as a mark on one line: what they disagree by is to be seen. */
function Spread({ row }: { row: AnswerRow }) {
  const spread = spreadOf(row);
  if (!spread) return <Categories row={row} />;
  const cells = row.cells.filter((cell): cell is DiagnosisEstimate => cell !== null);
  const one = cells[0] as DiagnosisEstimate;
  const scale = isProbability(one) ? 100 : 1;
  const apart = scale * (spread.high - spread.low);
  const low = one.range[0] ?? Math.min(0, spread.low);
  const high = one.range[1] ?? Math.max(20, spread.high);
  const x = (value: number) => 4 + (112 * (value - low)) / (high - low || 1);
  const words = t("answers.spread", {
    low: formatEstimate({ ...one, value: spread.low }),
    high: formatEstimate({ ...one, value: spread.high }),
  });
  return (
    <span className="spread">
      <svg width={120} height={16} role="img" aria-label={words}>
        <path className="interval-axis" d="M4 8H116" />
        <path className="interval-bar" d={`M${x(spread.low)} 8H${x(spread.high)}`} />
        {cells.map((cell, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a mark for each version, which keep their order.
          <circle key={i} className="spread-mark" cx={x(cell.value)} cy={8} r={3.2} />
        ))}
      </svg>
      <span>
        {apart < 0.05 ? t("answers.same") : t("answers.points_apart", { n: formatNumber(apart, 1) })}
      </span>
    </span>
  );
}
