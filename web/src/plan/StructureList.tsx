import type { DvhAnswer } from "../api/imaging-types";
import { usePart } from "../state/store";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { middleOf } from "./outlines";
import { isTarget } from "./scene";
import { change, type Opened, toggleStructure } from "./state";

/** Every structure with its colour, whether it is shown, and its volume; its name leads to its middle. */
export function StructureList({ opened, dvh }: { opened: Opened; dvh: DvhAnswer | null }) {
  const hidden = usePart(opened.look, (look) => look.hidden);
  const highlighted = usePart(opened.look, (look) => look.highlighted);
  const outlines = usePart(opened.look, (look) => look.outlines);
  const heads = usePart(opened.scene, (scene) => scene.view.structures);
  const structures = usePart(opened.scene, (scene) => scene.structures);
  const hide = (numbers: number[]) => change(opened, { hidden: new Set(numbers) });
  return (
    <section className="plan-part" aria-labelledby="structures-title">
      <header>
        <h2 id="structures-title">{t("plan.structures")}</h2>
        <label className="plan-switch">
          <input
            type="checkbox"
            checked={outlines}
            onChange={() => change(opened, { outlines: !outlines })}
          />
          {t("plan.outlines")}
        </label>
      </header>
      {structures === null && heads.length > 0 && (
        <p className="quiet small" role="status">
          {t("plan.outlines_coming")}
        </p>
      )}
      {heads.length === 0 && <p className="quiet small">{t("plan.structures_none")}</p>}
      {heads.length > 0 && (
        <div className="plan-choose">
          <button type="button" className="button small" onClick={() => hide([])}>
            {t("plan.show_all")}
          </button>
          <button
            type="button"
            className="button small"
            onClick={() => hide(heads.map((each) => each.number))}
          >
            {t("plan.show_none")}
          </button>
          {heads.some(({ type }) => isTarget(type)) && (
            <button
              type="button"
              className="button small"
              onClick={() => hide(heads.filter(({ type }) => !isTarget(type)).map((each) => each.number))}
            >
              {t("plan.show_targets")}
            </button>
          )}
        </div>
      )}
      <ul className="structures" data-testid="structures">
        {heads.map((head) => {
          const structure = structures?.find(({ number }) => number === head.number);
          const middle = structure && middleOf(structure);
          const volume = dvh?.structures.find(({ number }) => number === head.number)?.volume_cm3;
          return (
            <li
              key={head.number}
              data-highlighted={highlighted === head.number}
              onPointerEnter={() => change(opened, { highlighted: head.number })}
              onPointerLeave={() => change(opened, { highlighted: null })}
            >
              <input
                type="checkbox"
                checked={!hidden.has(head.number)}
                aria-label={t("plan.show", { name: head.name })}
                onChange={() => toggleStructure(opened, head.number)}
              />
              <span className="swatch" style={{ background: head.colour }} />
              <button
                type="button"
                className="structure-name"
                title={t("plan.go_to", { name: head.name })}
                disabled={!middle}
                onClick={() => middle && change(opened, { point: middle })}
              >
                {head.name}
              </button>
              <span className="quiet structure-fact">
                {head.contour_planes === 0
                  ? t("plan.no_contours")
                  : volume !== undefined
                    ? `${formatNumber(volume, volume < 10 ? 2 : volume < 100 ? 1 : 0)} ${t("plan.dvh_cm3")}`
                    : (head.type ?? "")}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
