import type { Study, StudyRound } from "../api/study-types";
import { t } from "../words";
import { formatMoment, formatNumber } from "../words/format";

const CELL = 14;
const GAP = 3;
const ROW = 24;

/** Hospitals as rows, rounds as columns: who has answered, who is awaited, who was left out. */
export function Rounds({ study }: { study: Study }) {
  const { rounds } = study;
  return (
    <section className="panel" aria-labelledby="rounds-title" data-testid="rounds">
      <h2 id="rounds-title">{t("rounds.title")}</h2>
      {rounds.length === 0 ? <p className="quiet">{t("rounds.none")}</p> : <Board study={study} />}
      {study.waiting_since !== null && study.waiting_for.length > 0 && (
        <p role="status">
          {t("rounds.waiting", {
            sites: study.waiting_for.join(", "),
            since: formatMoment(Date.parse(study.waiting_since), Date.now(), true),
          })}
        </p>
      )}
      {Object.entries(study.refusals).map(([site, reason]) => (
        <div key={site} className="refusal-card" role="note">
          {t("rounds.refused", { site, reason })}
        </div>
      ))}
      {Object.entries(study.left_out).map(([site, reason]) => (
        <div key={site} className="refusal-card" role="note">
          {t("rounds.left_out", { site, reason })}
        </div>
      ))}
    </section>
  );
}

function Board({ study }: { study: Study }) {
  const { rounds, sites } = study;
  const width = rounds.length * (CELL + GAP) + GAP;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className="rounds-frame" tabIndex={0} aria-label={t("rounds.label")}>
        <table className="rounds-board">
          <tbody>
            {sites.map((site) => (
              <tr key={site}>
                <th scope="row">{site}</th>
                <td>
                  <svg width={width} height={ROW} role="img" aria-label={lineOf(site, rounds)}>
                    {rounds.map((round, at) => (
                      <Cell key={round.round} round={round} site={site} x={GAP + at * (CELL + GAP)} />
                    ))}
                  </svg>
                </td>
                <td className="number quiet small">
                  {t("rounds.bytes", { kb: formatNumber((study.bytes_by_site[site] ?? 0) / 1000, 1) })}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className="quiet small">{t("rounds.legend")}</p>
    </>
  );
}

function Cell({ round, site, x }: { round: StudyRound; site: string; x: number }) {
  const y = (ROW - CELL) / 2;
  const answer = round.answers.find((one) => one.site === site);
  const out = round.left_out[site];
  const words = answer
    ? t("rounds.here", {
        at: formatMoment(Date.parse(answer.at), Date.now(), true),
        bytes: formatNumber(answer.bytes),
      })
    : out
      ? t("rounds.out", { reason: out })
      : t("rounds.open");
  return (
    <g className="round-cell" data-answered={answer !== undefined} data-out={out !== undefined}>
      <title>{`${round.round} ${round.step}: ${words}`}</title>
      <rect x={x + 0.5} y={y + 0.5} width={CELL - 1} height={CELL - 1} rx={2} />
      {out !== undefined && !answer && (
        <path
          d={`M${x + 3} ${y + 3}l${CELL - 6} ${CELL - 6}M${x + CELL - 3} ${y + 3}l${6 - CELL} ${CELL - 6}`}
        />
      )}
    </g>
  );
}

function lineOf(site: string, rounds: StudyRound[]): string {
  const answered = rounds.filter((round) => round.answers.some((one) => one.site === site)).length;
  return `${site}: ${answered} / ${rounds.length}`;
}
