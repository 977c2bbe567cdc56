import { useEffect, useRef, useState } from "react";
import type { Priority } from "../api/types";
import { Icon } from "../look/Icon";
import { PriorityMark } from "../look/PriorityMark";
import { useStore } from "../state/store";
import { PRIORITIES } from "../ward/filter";
import { t } from "../words";
import { play, unlock } from "./player";
import { chooseSound, soundStore } from "./settings";

/** What sounds on this device for this person. */
export function SoundDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const settings = useStore(soundStore);
  const [denied, setDenied] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  async function test(priority: Priority) {
    await unlock();
    play(priority, soundStore.get().volume, true);
  }
  async function askPush(wanted: boolean) {
    if (!wanted) return chooseSound({ push: false });
    const answer = "Notification" in window ? await Notification.requestPermission() : "denied";
    setDenied(answer !== "granted");
    chooseSound({ push: answer === "granted" });
  }

  return (
    <dialog ref={dialog} className="help sound" aria-labelledby="sound-title" onClose={onClose}>
      <header>
        <h2 id="sound-title">{t("sound.title")}</h2>
        <button type="button" className="icon-button" aria-label={t("app.close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <p className="small quiet">{t("sound.words")}</p>
      <label className="sound-line">
        <input
          type="checkbox"
          checked={settings.on}
          onChange={(event) => {
            chooseSound({ on: event.target.checked });
            if (event.target.checked) void unlock();
          }}
        />
        {t("sound.on")}
      </label>
      <fieldset>
        <legend className="small">{t("sound.which")}</legend>
        {PRIORITIES.map((priority) => (
          <div key={priority} className="sound-line">
            <label className="sound-line">
              <input
                type="checkbox"
                checked={settings.priorities[priority]}
                onChange={(event) =>
                  chooseSound({ priorities: { ...settings.priorities, [priority]: event.target.checked } })
                }
              />
              <PriorityMark priority={priority} /> <span aria-hidden="true">{t(`priority.${priority}`)}</span>
            </label>
            <button
              type="button"
              className="button small"
              aria-label={t("sound.test_label", { priority: t(`priority.${priority}`) })}
              onClick={() => void test(priority)}
            >
              {t("sound.test")}
            </button>
          </div>
        ))}
      </fieldset>
      <label className="sound-line">
        {t("sound.volume")}
        <input
          type="range"
          min="0"
          max="100"
          step="5"
          value={Math.round(settings.volume * 100)}
          onChange={(event) => chooseSound({ volume: Number(event.target.value) / 100 })}
        />
      </label>
      <label className="sound-line">
        <input
          type="checkbox"
          checked={settings.repeat}
          onChange={(event) => chooseSound({ repeat: event.target.checked })}
        />
        {t("sound.repeat")}
      </label>
      <label className="sound-line">
        <input
          type="checkbox"
          checked={settings.push}
          onChange={(event) => void askPush(event.target.checked)}
        />
        {t("sound.push")}
      </label>
      <p className="small quiet">{denied ? t("sound.push_denied") : t("sound.push_words")}</p>
    </dialog>
  );
}
