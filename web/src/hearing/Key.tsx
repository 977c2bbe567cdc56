import type { Threshold } from "../api/exposure-types";
import { t } from "../words";
import { Tone } from "./AudiogramChart";

const RIGHT: Threshold = {
  ear: "right",
  frequency_hz: 1000,
  level_db: 0,
  response: true,
  conduction: "air",
  masked: false,
};

/** What the symbols mean. */
export function Key({ withBaseline }: { withBaseline: boolean }) {
  return (
    <ul className="audiogram-key">
      <Line one={RIGHT} words={t("hearing.key.right")} />
      <Line one={{ ...RIGHT, ear: "left" }} words={t("hearing.key.left")} />
      <Line one={{ ...RIGHT, response: false }} words={t("hearing.key.silent")} />
      <Line one={{ ...RIGHT, masked: true }} words={t("hearing.key.masked")} />
      <Line one={{ ...RIGHT, conduction: "bone" }} words={t("hearing.key.bone")} />
      {withBaseline && <li className="quiet">{t("hearing.key.baseline")}</li>}
    </ul>
  );
}

function Line({ one, words }: { one: Threshold; words: string }) {
  return (
    <li>
      <svg width={40} height={32} aria-hidden="true">
        <Tone one={one} x={22} y={11} />
      </svg>
      {words}
    </li>
  );
}
