import { type FormEvent, useState } from "react";
import { ApiError } from "../api/client";
import type { Ear } from "../api/exposure-types";
import { exposureApi } from "../api/exposures";
import { serverNow } from "../state/clock";
import { t } from "../words";
import { formatDate } from "../words/format";
import { ASKED_HZ, typedThresholds } from "./chart";

const EARS: Ear[] = ["right", "left"];

/** One audiogram, typed in: a row for each ear, as it stands on the audiologist's paper. */
export function AudiogramForm({ id, onKept }: { id: string; onKept: () => void }) {
  const [cells, setCells] = useState<Record<string, string>>({});
  const [date, setDate] = useState(() => formatDate(serverNow()));
  const [problem, setProblem] = useState("");
  const [kept, setKept] = useState(false);
  const [busy, setBusy] = useState(false);
  const { thresholds, wrong } = typedThresholds(cells);

  async function keep(event: FormEvent) {
    event.preventDefault();
    if (wrong[0]) {
      const [ear = "right", hz = ""] = wrong[0].split(" ");
      setProblem(t("hearing.cell_wrong", { ear: t(`hearing.ear.${ear as Ear}`), hz }));
      return;
    }
    if (thresholds.length === 0) {
      setProblem(t("hearing.nothing"));
      return;
    }
    setBusy(true);
    setProblem("");
    try {
      await exposureApi.writeAudiogram(id, { date, thresholds });
      setCells({});
      setKept(true);
      onKept();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem([error.what, error.mend].filter(Boolean).join("; "));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className="audiogram-form" onSubmit={keep} data-testid="audiogram-form">
      <p className="quiet small">{t("hearing.type_in_hint")}</p>
      <div className="table-frame">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Hz</th>
              {ASKED_HZ.map((hz) => (
                <th scope="col" key={hz}>
                  {hz}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {EARS.map((ear) => (
              <tr key={ear}>
                <td>{t(`hearing.ear.${ear}`)}</td>
                {ASKED_HZ.map((hz) => {
                  const key = `${ear} ${hz}`;
                  return (
                    <td key={hz}>
                      <input
                        className="field"
                        aria-label={t("hearing.cell", { ear: t(`hearing.ear.${ear}`), hz })}
                        aria-invalid={wrong.includes(key)}
                        value={cells[key] ?? ""}
                        onChange={(event) => {
                          setKept(false);
                          setCells({ ...cells, [key]: event.target.value });
                        }}
                      />
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="levels-tools">
        <label className="levels-day">
          {t("hearing.date")}
          <input
            type="date"
            className="field"
            required
            value={date}
            onChange={(event) => setDate(event.target.value)}
          />
        </label>
        <button type="submit" className="button primary" disabled={busy}>
          {t("hearing.keep")}
        </button>
        <p role="status">{kept ? t("hearing.kept") : ""}</p>
        <p role="alert" className="audiogram-problem">
          {problem}
        </p>
      </div>
    </form>
  );
}
