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
  ["g i", "help.plans"],
  ["g e", "help.exposures"],
  ["g l", "help.policies"],
  ["g c", "help.cohorts"],
  ["g f", "help.studies"],
  ["g m", "help.models"],
  ["?", "help.help"],
  ["Esc", "help.close"],
] as const;

type KeyWords = (typeof KEYS)[number][1] | (typeof PLAN_KEYS)[number][1];

/** What the keys do where a plan is open. */
const PLAN_KEYS = [
  ["↑ ↓ j k", "help.plan.scroll"],
  ["Home End", "help.plan.ends"],
  ["1 2 3 0", "help.plan.large"],
  ["4", "help.plan.side"],
  ["t l b n u", "help.plan.windows"],
  ["d i o x", "help.plan.wash"],
  ["[ ]", "help.plan.opacity"],
  [", .", "help.plan.threshold"],
  ["+ - r", "help.plan.zoom"],
  ["p w h", "help.plan.tools"],
] as const;

const STATES = ["act_now", "look_soon", "fine", "cannot_tell"] as const;

export function Help({ plan, onClose }: { plan: boolean; onClose: () => void }) {
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
      {plan && (
        <>
          <h3>{t("help.plan")}</h3>
          <KeyList keys={PLAN_KEYS} />
          <p className="quiet small">{t("help.plan.mouse")}</p>
        </>
      )}
      <KeyList keys={plan ? KEYS.filter(([key]) => IN_EVERY_ROOM.test(key)) : KEYS} />
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

/** The keys that work in every room. */
const IN_EVERY_ROOM = /^(g |[?/m]$|Esc$)/;

function KeyList({ keys }: { keys: readonly (readonly [string, KeyWords])[] }) {
  return (
    <dl className="help-keys">
      {keys.map(([key, words]) => (
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
  );
}
