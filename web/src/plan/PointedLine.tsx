import { useStore } from "../state/store";
import { t } from "../words";
import { formatNumber, formatUnit } from "../words/format";
import { contains } from "./outlines";
import type { Scene } from "./scene";
import type { Vec3 } from "./space";
import type { Opened } from "./state";

export interface Read {
  value: number | null;
  gy: number | null;
  structures: { number: number; name: string; colour: string }[];
}

/** What there is at a place. */
export function readAt(scene: Scene, point: Vec3): Read {
  return {
    value: scene.volume?.valueAt(point) ?? null,
    gy: scene.dose?.at(point) ?? null,
    structures: (scene.structures ?? []).filter((structure) => contains(structure, point)),
  };
}

/** The place under the pointer, or else at the crosshair: where it is, and everything that is known there. */
export function PointedLine({ opened }: { opened: Opened }) {
  const look = useStore(opened.look);
  const scene = useStore(opened.scene);
  const point = look.pointed?.point ?? look.point;
  const { value, gy, structures } = readAt(scene, point);
  const { volume } = scene.view;
  const reference = scene.reference?.gy;
  const dose =
    gy === null
      ? t("plan.no_dose")
      : reference
        ? t("plan.gy_percent", { gy: formatNumber(gy, 2), percent: formatNumber((100 * gy) / reference, 1) })
        : t("plan.gy", { gy: formatNumber(gy, 2) });
  return (
    <dl
      className="pointed"
      data-testid="pointed"
      data-pointing={look.pointed !== null}
      data-place={point.map((mm) => mm.toFixed(3)).join(" ")}
    >
      <div className="pointed-place">
        <dt>{t(look.pointed ? "plan.pointed" : "plan.crossed")}</dt>
        <dd>
          {(["x", "y", "z"] as const).map((axis, n) => (
            <span key={axis}>
              {axis} {formatNumber(point[n] ?? 0, 1)}
            </span>
          ))}
          <span>mm</span>
        </dd>
      </div>
      {volume && (
        <div className="pointed-value">
          <dt>{volume.modality}</dt>
          <dd data-testid="pointed-value">
            {value === null ? "–" : formatNumber(value)} {formatUnit(volume.unit)}
          </dd>
        </div>
      )}
      {scene.view.dose && (
        <div className="pointed-dose">
          <dt>{t("plan.dose")}</dt>
          <dd data-testid="pointed-dose" data-gy={gy ?? ""}>
            {dose}
          </dd>
        </div>
      )}
      <div className="pointed-in">
        <dt>{t("plan.in")}</dt>
        <dd data-testid="pointed-structures">
          {structures.length === 0
            ? t(
                scene.structures === null && scene.view.structures.length > 0
                  ? "plan.in_unknown"
                  : "plan.in_none",
              )
            : structures.map(({ number, name, colour }) => (
                <span key={number}>
                  <span className="swatch" style={{ background: colour }} />
                  {name}
                </span>
              ))}
        </dd>
      </div>
    </dl>
  );
}
