import { useEffect, useRef } from "react";
import { Icon } from "../look/Icon";
import { StateMark } from "../look/StateMark";
import { t } from "../words";

const KEYS = [
  ["j k", "help.move"],
  ["← ↑ ↓ →", "help.move_grid"],
  ["Enter", "help.open"],
  ["a", "help.take"],
  ["n", "help.news2"],
  ["s", "help.sort"],
  ["v", "help.view"],
  ["f", "help.filter"],
  ["/", "help.search"],
  ["g s", "help.gaps"],
  ["g h", "help.handover"],
  ["m", "help.sound"],
  ["g w", "help.ward"],
  ["g p", "help.patients"],
  ["g d", "help.diagnosis"],
  ["g l", "help.policies"],
  ["g c", "help.cohorts"],
  ["g m", "help.models"],
  ["?", "help.help"],
  ["Esc", "help.close"],
] as const;

const STATES = ["act_now", "look_soon", "fine", "cannot_tell"] as const;

export function Help({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={onClose}>
      <header>
        <h2 id="help-title">{t("help.title")}</h2>
        <button type="button" className="icon-button" aria-label={t("app.close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <dl className="help-keys">
        {KEYS.map(([key, words]) => (
          <div key={key}>
            <dt>
              {key.split(" ").map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd>{t(words)}</dd>
          </div>
        ))}
      </dl>
      <h3>{t("help.states")}</h3>
      <ul className="help-states">
        {STATES.map((state) => (
          <li key={state}>
            <StateMark state={state} />
            <strong>{t(`state.${state}`)}</strong>
            <span className="quiet">{t(`help.state.${state}`)}</span>
          </li>
        ))}
      </ul>
    </dialog>
  );
}
