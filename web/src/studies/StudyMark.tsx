import type { StudyRow, StudyState } from "../api/study-types";
import { t } from "../words";

/** Shape and word tell states apart; none of them is an alarm, so none has an alarm's colour. */
const SHAPES: Record<StudyState, string> = {
  proposed: "?",
  approved: "✓",
  declined: "×",
  waiting: "…",
  computing: "▸",
  refused: "×",
  finished: "■",
};

/** Whether a study may change while it is looked at. */
export function goesOn(row: Pick<StudyRow, "state">): boolean {
  return row.state === "waiting" || row.state === "computing" || row.state === "approved";
}

export function StudyMark({ state }: { state: StudyState }) {
  return (
    <span className="study-mark" data-state={state}>
      <span aria-hidden="true">{SHAPES[state]}</span> {t(`study.state.${state}`)}
    </span>
  );
}
