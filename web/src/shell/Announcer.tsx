import { useEffect } from "react";
import { Icon } from "../look/Icon";
import { useStore } from "../state/store";
import { t } from "../words";
import { announce, announcement } from "./announce";

const SHOWN_MS = 10_000;

/** Speaks what was done; shows what could not be done, until it is read or ten seconds have passed. */
export function Announcer() {
  const said = useStore(announcement);
  useEffect(() => {
    if (!said.failed) return;
    const timer = setTimeout(() => announce(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div className={said.failed ? "notice" : "hidden-text"} data-testid="announcement">
      <p aria-live="assertive">{said.text}</p>
      {said.failed && (
        <button
          type="button"
          className="icon-button"
          aria-label={t("app.close")}
          onClick={() => announce("")}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
