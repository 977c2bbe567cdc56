import type { ReactNode } from "react";
import type { ValidationDocument } from "../api/validation-types";
import { spaced } from "../finding/inputs";
import { t, tMaybe } from "../words";
import { formatNumber } from "../words/format";
import { notAssessable } from "./figures";

function Frame({ label, heads, children }: { label: string; heads: string[]; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="table-frame" tabIndex={0} aria-label={label}>
      <table className="table">
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

/** How often each input was there, and what the model does without it. */
export function MissingTable({ document }: { document: ValidationDocument }) {
  const { inputs = [], rows = 0 } = document.missing ?? {};
  if (inputs.length === 0) return <p className="quiet">{t("missing.nothing")}</p>;
  const heads = [t("missing.input"), t("missing.absent"), t("missing.unreadable"), t("missing.taken")];
  return (
    <Frame label={t("missing.title_inputs")} heads={heads}>
      {inputs.map((each) => (
        <tr key={each.name}>
          <th scope="row">
            {each.title || each.name}
            {each.required && <span className="quiet"> · {t("missing.required")}</span>}
          </th>
          <td>
            {each.in_table
              ? t("missing.of", { n: formatNumber(each.missing), all: formatNumber(rows) })
              : t("missing.not_in_table")}
            {each.share !== null && each.share > 0 && <Share share={each.share} />}
          </td>
          <td>{formatNumber(each.unreadable)}</td>
          <td>{each.taken_as}</td>
        </tr>
      ))}
    </Frame>
  );
}

/** A share as a bar beside its number. */
function Share({ share }: { share: number }) {
  return (
    <svg className="share" width={60} height={8} aria-hidden="true">
      <rect className="share-all" width={60} height={8} rx={2} />
      <rect className="share-part" width={60 * share} height={8} rx={2} />
    </svg>
  );
}

/** Who was refused, and why: what is judged says nothing about them. */
export function Refusals({ document }: { document: ValidationDocument }) {
  const { refused = 0, rows = 0, refusal_reasons = {} } = document.cohort;
  const reasons = Object.entries(refusal_reasons).sort(([, a], [, b]) => b - a);
  if (refused === 0 && reasons.length === 0) return <p className="quiet">{t("refusals.none")}</p>;
  return (
    <>
      <p>{t("refusals.count", { n: formatNumber(refused), all: formatNumber(rows) })}</p>
      <Frame label={t("refusals.title")} heads={[t("refusals.reason"), t("refusals.rows")]}>
        {reasons.map(([reason, count]) => (
          <tr key={reason}>
            <td>{reason}</td>
            <td>{formatNumber(count)}</td>
          </tr>
        ))}
      </Frame>
      <Compared document={document} />
    </>
  );
}

/** A standardised difference from which those who were refused are others than those who were answered (Austin 2009). */
const WORTH_A_LOOK = 0.1;

/** Whether those who were refused differ: then the figures are of other patients than the cohort's. */
function Compared({ document }: { document: ValidationDocument }) {
  const { answered, refused, columns = [] } = document.refused_compared ?? {};
  const share = (side: typeof answered) =>
    side?.events_share === null || side?.events_share === undefined
      ? t("app.unknown")
      : `${formatNumber(100 * side.events_share, 1)} %`;
  const heads = [
    t("refusals.column"),
    t("refusals.answered"),
    t("refusals.refused"),
    t("refusals.difference"),
  ];
  return (
    <>
      <p>{t("refusals.events", { answered: share(answered), refused: share(refused) })}</p>
      {columns.length > 0 && (
        <>
          <Frame label={t("refusals.compared")} heads={heads}>
            {columns.map((each) => {
              const apart = each.standardised_difference;
              return (
                <tr key={each.name}>
                  <th scope="row">{spaced(each.name)}</th>
                  <td>{formatNumber(each.answered, 2)}</td>
                  <td>{formatNumber(each.refused, 2)}</td>
                  <td>
                    {apart === null ? t("app.unknown") : formatNumber(apart, 2)}
                    {apart !== null && Math.abs(apart) >= WORTH_A_LOOK && (
                      <strong> {t("refusals.look")}</strong>
                    )}
                  </td>
                </tr>
              );
            })}
          </Frame>
          <p className="quiet small">{t("refusals.difference_words")}</p>
        </>
      )}
    </>
  );
}

/** What is not there, each with its reason. */
export function NotAssessable({ document }: { document: ValidationDocument }) {
  const missing = notAssessable(document);
  if (missing.length === 0) return <p className="quiet">{t("notassessable.none")}</p>;
  return (
    <Frame label={t("notassessable.title")} heads={[t("notassessable.figure"), t("notassessable.why")]}>
      {missing.map(({ figure, why }) => (
        <tr key={figure}>
          <th scope="row">{figure}</th>
          <td>{why}</td>
        </tr>
      ))}
    </Frame>
  );
}

/** What the run says of the items of TRIPOD+AI, and what people must write. */
export function Tripod({ document }: { document: ValidationDocument }) {
  const heads = [t("tripod.item"), t("tripod.asks"), t("tripod.filled"), t("tripod.said")];
  return (
    <Frame label={t("tripod.title")} heads={heads}>
      {(document.tripod_ai ?? []).map((each) => (
        <tr key={each.item} data-filled={each.filled}>
          <th scope="row">{each.item}</th>
          <td>{each.asks}</td>
          <td className="nowrap">{tMaybe(`tripod.filled.${each.filled}`, each.filled)}</td>
          <td>{each.text}</td>
        </tr>
      ))}
    </Frame>
  );
}
