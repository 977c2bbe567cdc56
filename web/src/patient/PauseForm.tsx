import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Notification } from "../api/types";
import { pause } from "../ward/actions";
import { t } from "../words";

const MINUTES = [5, 10, 15, 30, 60];

/** Pausing asks for how long and why; both are kept. */
export function PauseForm({ alarm, onDone }: { alarm: Notification; onDone: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [minutes, setMinutes] = useState(15);
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (reason.trim() === "") {
      setAsked(true);
      return;
    }
    if (await pause(alarm, minutes, reason.trim())) onDone();
  }

  return (
    <dialog ref={dialog} className="pause" aria-labelledby="pause-title" onClose={onDone}>
      <form onSubmit={submit} noValidate>
        <h2 id="pause-title">{t("pause.title")}</h2>
        <p className="quiet">{alarm.title}</p>
        <fieldset>
          <legend>{t("pause.minutes")}</legend>
          <div className="segments">
            {MINUTES.map((each) => (
              <button
                key={each}
                type="button"
                aria-pressed={each === minutes}
                onClick={() => setMinutes(each)}
              >
                {each}
              </button>
            ))}
          </div>
        </fieldset>
        <label>
          {t("pause.reason")}
          <input
            className="field"
            value={reason}
            aria-invalid={asked && reason.trim() === ""}
            aria-describedby="pause-problem"
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <p id="pause-problem" className="pause-problem" role="alert">
          {asked && reason.trim() === "" ? t("pause.reason_needed") : ""}
        </p>
        <div className="pause-buttons">
          <button type="button" className="button" onClick={onDone}>
            {t("pause.cancel")}
          </button>
          <button type="submit" className="button primary">
            {t("pause.submit")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
