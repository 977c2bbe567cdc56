import type { Priority } from "../api/types";
import { t } from "../words";

const SIGNS: Record<Priority, string> = { high: "!!!", medium: "!!", low: "!" };

/** The priority of an alarm by colour and by the number of exclamation marks, as in IEC 60601-1-8. */
export function PriorityMark({ priority }: { priority: Priority }) {
  return (
    <span className={`priority priority-${priority}`}>
      <span aria-hidden="true">{SIGNS[priority]}</span>
      <span className="hidden-text">{t(`priority.${priority}`)}</span>
    </span>
  );
}
