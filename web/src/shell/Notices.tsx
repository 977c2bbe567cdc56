import type { Notice } from "../api/house-types";
import { boardStore } from "../api/live";
import { PriorityMark } from "../look/PriorityMark";
import { blockedStore, unlock } from "../sound/player";
import { useAge } from "../state/clock";
import { usePart, useStore } from "../state/store";
import { t } from "../words";

const NONE: readonly Notice[] = [];

/** What is wrong with the house itself, above every room; and that the browser holds the sound back. */
export function Notices() {
  const notices = usePart(boardStore, (board) => board?.notices ?? NONE);
  const blocked = useStore(blockedStore);
  if (notices.length === 0 && !blocked) return null;
  return (
    <section className="notices" aria-label={t("notices.label")} data-testid="notices">
      {notices.map((notice) => (
        <OneNotice key={notice.id} notice={notice} />
      ))}
      {blocked && (
        <p className="house-notice" data-testid="sound-blocked">
          <span>{t("sound.blocked")}</span>
          <button type="button" className="button small" onClick={() => void unlock()}>
            {t("sound.let")}
          </button>
        </p>
      )}
    </section>
  );
}

function OneNotice({ notice }: { notice: Notice }) {
  const age = useAge(notice.since);
  return (
    <p className="house-notice" data-priority={notice.priority} role="status">
      <PriorityMark priority={notice.priority} />
      <strong>{notice.title}</strong>
      <span>{notice.detail}</span>
      <span className="house-notice-age">{t("notices.since", { age: age ?? "" })}</span>
    </p>
  );
}
