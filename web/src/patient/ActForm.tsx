import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Notification } from "../api/types";
import { serverNow } from "../state/clock";
import { act } from "../ward/actions";
import { t } from "../words";
import { formatClock } from "../words/format";

const AGO_MIN = [0, 5, 10, 30];

/** What was done about an alarm, and when: kept with it, and whoever writes it has also taken it. */
export function ActForm({ alarm, onDone }: { alarm: Notification; onDone: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [what, setWhat] = useState("");
  const [ago, setAgo] = useState(0);
  const [asked, setAsked] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const missing = asked && what.trim() === "";

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (what.trim() === "") {
      setAsked(true);
      return;
    }
    const earliest = Date.parse(alarm.raised_at);
    const doneAt = ago === 0 ? null : new Date(Math.max(earliest, serverNow() - ago * 60_000)).toISOString();
    if (await act(alarm, what.trim(), doneAt)) onDone();
  }

  return (
    <dialog ref={dialog} className="pause" aria-labelledby="act-title" onClose={onDone}>
      <form onSubmit={submit} noValidate>
        <h2 id="act-title">{t("act.title")}</h2>
        <p className="quiet">{alarm.title}</p>
        <label>
          {t("act.what")}
          <textarea
            className="field area"
            rows={3}
            maxLength={500}
            value={what}
            placeholder={t("act.example")}
            aria-invalid={missing}
            aria-describedby="act-problem"
            onChange={(event) => setWhat(event.target.value)}
          />
        </label>
        <p id="act-problem" className="pause-problem" role="alert">
          {missing ? t("act.what_needed") : ""}
        </p>
        <fieldset>
          <legend>{t("act.when")}</legend>
          <div className="segments">
            {AGO_MIN.map((each) => (
              <button key={each} type="button" aria-pressed={each === ago} onClick={() => setAgo(each)}>
                {each === 0
                  ? t("act.now", { time: formatClock(serverNow()) })
                  : t("age.ago", { age: t("age.minutes", { n: each }) })}
              </button>
            ))}
          </div>
        </fieldset>
        <div className="pause-buttons">
          <button type="button" className="button" onClick={onDone}>
            {t("pause.cancel")}
          </button>
          <button type="submit" className="button primary">
            {t("act.submit")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
