import { memo } from "react";
import type { News2, Priority } from "../api/types";
import { isScore } from "../finding/drawer";
import { t } from "../words";
import { formatNumber } from "../words/format";

interface BadgeProps {
  news2: News2;
  /** The priority of the alarm that is about the score itself. */
  fault: Priority | null;
  onOpen: () => void;
}

const LEVEL: Record<string, number> = { low: 1, "low-medium": 2, medium: 3, high: 4 };

function level(band: string): number {
  return LEVEL[band.toLowerCase().replaceAll("_", "-")] ?? 0;
}

function sameAnswer(a: BadgeProps, b: BadgeProps): boolean {
  if (a.onOpen !== b.onOpen || a.fault !== b.fault) return false;
  if (isScore(a.news2) && isScore(b.news2))
    return a.news2.score === b.news2.score && a.news2.band === b.news2.band;
  return !isScore(a.news2) && !isScore(b.news2) && a.news2.refusal === b.news2.refusal;
}

/** The score, with its risk band as a small stair; a refusal is as large as a score. */
export const News2Badge = memo(function News2Badge({ news2, fault, onOpen }: BadgeProps) {
  const scored = isScore(news2);
  const steps = scored ? level(news2.band) : 0;
  return (
    <button
      type="button"
      className="news2"
      data-testid="news2"
      data-refused={!scored}
      data-level={steps}
      data-fault={fault ?? undefined}
      onClick={onOpen}
      title={scored ? t("finding.band", { band: news2.band }) : news2.refusal}
    >
      <span className="news2-name">{t("tile.news2")}</span>{" "}
      <span className="news2-score">{scored ? formatNumber(news2.score) : "?"}</span>
      <span className="hidden-text">{scored ? t("tile.news2_open") : t("tile.news2_refused")}</span>
      <span className="news2-stair" aria-hidden="true">
        {[1, 2, 3, 4].map((step) => (
          <i key={step} data-on={step <= steps} />
        ))}
      </span>
    </button>
  );
}, sameAnswer);
