import { api } from "../api/client";
import type { Session } from "../api/types";
import { Icon } from "../look/Icon";
import { useTicking } from "../state/clock";
import { t, tMaybe } from "../words";
import { formatClock, formatDate } from "../words/format";
import { Connection } from "./Connection";

function Clock() {
  const time = useTicking((now) => formatClock(now, true));
  const date = useTicking((now) => formatDate(now));
  return (
    <div className="clock">
      <span className="clock-time">{time}</span>
      <span className="clock-date">{date}</span>
    </div>
  );
}

export function TopBar({ session }: { session: Session }) {
  const { person } = session;
  return (
    <header className="top">
      <p className="hospital">{session.hospital}</p>
      <Connection />
      {person && (
        <p className="person">
          <span>{person.title || person.name}</span>
          <span className="quiet">{tMaybe(`role.${person.role}`, person.role)}</span>
        </p>
      )}
      <button
        type="button"
        className="icon-button"
        aria-label={t("session.sign_out")}
        title={t("session.sign_out")}
        onClick={() => void api.signOut()}
      >
        <Icon name="out" />
      </button>
      <Clock />
    </header>
  );
}
