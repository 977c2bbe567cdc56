import type { RefObject } from "react";
import type { DvhAnswer } from "../api/imaging-types";
import { t } from "../words";
import { formatNumber } from "../words/format";
import { wholePictures } from "./keys";
import { change, type Opened, TOOLS, useSetting } from "./state";
import { dvhCsv, fileName, hand, planesPicture, windowWords } from "./take-away";
import { PRESETS } from "./window";

interface ToolbarProps {
  opened: Opened;
  patient: string;
  dvh: DvhAnswer | null;
  planes: RefObject<HTMLElement | null>;
}

/** What dragging does, the window, and what can be taken away. */
export function Toolbar({ opened, patient, dvh, planes }: ToolbarProps) {
  const look = useSetting(opened);
  const { view } = opened.scene.get();
  const isCt = view.volume === null || view.volume.modality === "CT";
  const given = view.volume?.window ?? null;
  const isPreset =
    isCt && PRESETS.some((each) => each.center === given?.center && each.width === given.width);
  const own = isPreset ? null : given;
  const same = (each: { center: number; width: number }) =>
    each.center === look.window.center && each.width === look.window.width;

  async function takePicture() {
    if (!planes.current) return;
    const { reference } = opened.scene.get();
    const dose = reference
      ? t(reference.isPrescription ? "plan.of_prescription" : "plan.of_maximum", {
          gy: formatNumber(reference.gy, 1),
        })
      : "";
    const words = [windowWords(look.window), dose].filter(Boolean).join(" · ");
    const picture = await planesPicture(planes.current, view, words, patient);
    if (picture) hand(`${fileName("planes", patient, view.title ?? "")}.png`, picture);
  }

  return (
    <div className="plan-tools">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
      <div className="segments" role="group" aria-label={t("plan.tools")}>
        {TOOLS.map((tool) => (
          <button
            key={tool}
            type="button"
            aria-pressed={look.tool === tool}
            onClick={() => change(opened, { tool })}
          >
            {t(`plan.tool.${tool}`)}
          </button>
        ))}
      </div>
      {view.volume && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for.
        <div className="segments" role="group" aria-label={t("plan.windows")}>
          {own && (
            <button type="button" aria-pressed={same(own)} onClick={() => change(opened, { window: own })}>
              {t("plan.window.own")}
            </button>
          )}
          {isCt &&
            PRESETS.map((preset) => (
              <button
                key={preset.name}
                type="button"
                aria-pressed={same(preset)}
                aria-keyshortcuts={preset.key}
                title={`${windowWords(preset)} (${preset.key})`}
                onClick={() => change(opened, { window: { center: preset.center, width: preset.width } })}
              >
                {t(`plan.window.${preset.name}`)}
              </button>
            ))}
        </div>
      )}
      {view.volume && (
        <output className="window-told" data-testid="window">
          {windowWords(look.window)}
        </output>
      )}
      <button type="button" className="button small" onClick={() => wholePictures(opened)}>
        {t("plan.reset")}
      </button>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend that the row has no room for. */}
      <div className="plan-export" role="group" aria-label={t("plan.export")}>
        <button type="button" className="button small" onClick={() => void takePicture()}>
          {t("plan.export_png")}
        </button>
        <button
          type="button"
          className="button small"
          disabled={!dvh}
          onClick={() =>
            dvh &&
            hand(
              `${fileName("dvh", patient, view.title ?? "")}.csv`,
              new Blob([dvhCsv(dvh)], { type: "text/csv" }),
            )
          }
        >
          {t("plan.export_csv")}
        </button>
      </div>
    </div>
  );
}
